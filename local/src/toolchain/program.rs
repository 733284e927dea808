//! Running another program to its end and telling what went wrong in words that help.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

/// A program that could not be run or ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not on this machine.
    #[error("{program} is not installed; {mend}")]
    Missing {
        /// What was called.
        program: String,
        /// How to get it.
        mend: String,
    },
    /// It could not be started.
    #[error("cannot run {program}: {source}")]
    Spawn {
        /// What was called.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with another code than 0.
    #[error("`{line}` ended with {status}\n{output}")]
    Failed {
        /// The whole command line.
        line: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it said.
        output: String,
    },
}

/// Runs `program` in `folder`, keeping what it says for the error; gives its standard output.
///
/// # Errors
/// When it is missing, cannot start, or ends badly.
pub fn run(
    program: &str,
    args: &[&str],
    folder: &Path,
    env: &[(&str, &str)],
) -> Result<String, ProgramError> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(|source| spawn_error(program, source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    Err(ProgramError::Failed {
        line: format!("{program} {}", args.join(" ")),
        status: output.status,
        output: lines[lines.len().saturating_sub(60)..].join("\n"),
    })
}

/// Runs `program` with our own output, for long work that a person watches; gives whether it
/// ended well.
///
/// # Errors
/// When it is missing, cannot start, or ends badly.
pub fn run_visibly(
    program: &str,
    args: &[&str],
    folder: &Path,
    env: &[(&str, &str)],
) -> Result<(), ProgramError> {
    let status = Command::new(program)
        .args(args)
        .current_dir(folder)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .status()
        .map_err(|source| spawn_error(program, source))?;
    ended(program, args, status)
}

/// Runs `program`, passing its standard output on line by line, each seen by `watch` first.
///
/// # Errors
/// When it is missing, cannot start, or ends badly.
pub fn run_watched(
    program: &str,
    args: &[&str],
    folder: &Path,
    env: &[(&str, &str)],
    mut watch: impl FnMut(&str),
) -> Result<(), ProgramError> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| spawn_error(program, source))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            watch(&line);
            println!("{line}");
        }
    }
    let status = child
        .wait()
        .map_err(|source| spawn_error(program, source))?;
    ended(program, args, status)
}

/// What became of a program whose output was seen already.
fn ended(
    program: &str,
    args: &[&str],
    status: std::process::ExitStatus,
) -> Result<(), ProgramError> {
    if status.success() {
        return Ok(());
    }
    let line = format!("{program} {}", args.join(" "));
    Err(ProgramError::Failed {
        line,
        status,
        output: String::new(),
    })
}

fn spawn_error(program: &str, source: std::io::Error) -> ProgramError {
    let program = program.to_owned();
    if source.kind() != std::io::ErrorKind::NotFound {
        return ProgramError::Spawn { program, source };
    }
    let mend = match program.as_str() {
        "node" | "npm" => "install Node.js 20 or newer with npm".to_owned(),
        "cargo" | "rustup" | "rustc" => "install Rust with rustup".to_owned(),
        other => format!("install {other}"),
    };
    ProgramError::Missing { program, mend }
}
