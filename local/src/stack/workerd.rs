//! workerd from npm, running the worker's bundle.

use std::path::{Path, PathBuf};

use super::{ServiceSpec, StackError};
use crate::toolchain::workspace;

/// The service that runs a worker's `bundle` on the port of `origin`.
///
/// The configuration is the same file for every stack, laid beside the bundle by the build; what
/// differs comes in as the socket's address and, since some of it is secret, by environment.
///
/// # Errors
/// When the bundle's configuration cannot be written below `folder`.
pub fn spec(
    folder: &Path,
    bundle: &Path,
    origin: &str,
    bindings: &[(String, String)],
) -> Result<ServiceSpec, StackError> {
    let config = folder.join("workerd.capnp");
    let text = configuration(bindings);
    std::fs::write(&config, text).map_err(|source| StackError::File {
        path: config.clone(),
        source,
    })?;
    let address = origin.trim_start_matches("http://");
    Ok(ServiceSpec {
        name: "worker",
        program: program(),
        args: vec![
            "serve".to_owned(),
            format!("--import-path={}", bundle.display()),
            format!("--socket-addr=http={address}"),
            config.display().to_string(),
        ],
        env: bindings.to_vec(),
        health: format!("{origin}/health"),
        // With a socket open workerd drains for ever when asked to stop; there is nothing in it
        // that a kill could lose.
        grace_ms: 0,
    })
}

/// workerd's own executable; the npm package's launcher would be a Node process more.
fn program() -> PathBuf {
    let packages = workspace::root().join("local/node/node_modules");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let os = if os == "macos" { "darwin" } else { os };
    let arch = if arch == "aarch64" { "arm64" } else { "64" };
    packages.join(format!("@cloudflare/workerd-{os}-{arch}/bin/workerd"))
}

fn configuration(bindings: &[(String, String)]) -> String {
    let bindings: Vec<String> = bindings
        .iter()
        .map(|(name, _)| format!("    (name = \"{name}\", fromEnvironment = \"{name}\"),\n"))
        .collect();
    include_str!("workerd.capnp").replace("    # bindings\n", &bindings.concat())
}

#[cfg(test)]
mod tests {
    use super::configuration;

    #[test]
    fn a_secret_is_named_and_not_written() {
        let bindings = [("OPENAI_API_KEY".to_owned(), "sk-very-secret".to_owned())];
        let text = configuration(&bindings);
        assert!(text.contains("fromEnvironment = \"OPENAI_API_KEY\""));
        assert!(!text.contains("sk-very-secret"));
    }
}
