//! Loading a pack from its folder, and refusing one that would fail later.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use itemsmith_domain::Digest;

use super::{DEFAULT_PACK, Manifest, Pack, Packs, VirtualFiles};

/// A pack's declarations are about 80 KB, and at most 120 KB when every widget is described; a
/// file of 1 MiB is no declaration file.
const MAX_FILE: u64 = 1 << 20;

/// Why a pack cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The manifest is not what it should be.
    #[error("{path}: {problem}")]
    Manifest {
        /// The manifest's path.
        path: PathBuf,
        /// What is wrong and where.
        problem: String,
    },
    /// No pack called `default`, or one name twice.
    #[error("{folder}: {problem}")]
    Packs {
        /// The folder of packs.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

pub(super) fn packs(folder: &Path) -> Result<Packs, ContractError> {
    let read = |source| ContractError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut packs = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if !path.join("manifest.json").is_file() {
            continue;
        }
        let pack = Pack::load(&path)?;
        let name = pack.manifest.name.clone();
        if packs.insert(name.clone(), Arc::new(pack)).is_some() {
            let problem = format!("two packs are called `{name}`");
            return Err(ContractError::Packs {
                folder: folder.to_owned(),
                problem,
            });
        }
    }
    let default = packs
        .get(DEFAULT_PACK)
        .cloned()
        .ok_or_else(|| ContractError::Packs {
            folder: folder.to_owned(),
            problem: "no pack is called `default`".to_owned(),
        })?;
    Ok(Packs { packs, default })
}

pub(super) fn pack(folder: &Path) -> Result<Pack, ContractError> {
    let path = folder.join("manifest.json");
    let text = read(&path)?;
    let problem = |problem: String| ContractError::Manifest {
        path: path.clone(),
        problem,
    };
    let manifest: Manifest = serde_json::from_str(&text).map_err(|e| problem(e.to_string()))?;
    if let Some(fault) = fault(&manifest) {
        return Err(problem(fault));
    }
    let mut sources = Sources {
        folder,
        texts: BTreeMap::new(),
    };
    sources.read(&manifest.lib)?;
    for module in &manifest.modules {
        sources.read(&module.declarations)?;
    }
    for declarations in manifest.widgets.values() {
        sources.read(declarations)?;
    }
    let mut files = VirtualFiles::default();
    for (relative, text) in &sources.texts {
        files.insert(relative, text);
    }
    files.configure(&manifest);
    let mut runtime = Vec::new();
    for module in &manifest.modules {
        if let Some(path) = &module.runtime {
            runtime.push((module.specifier.clone(), sources.read(path)?));
        }
    }
    let seed_helper = sources.read(&manifest.seed_helper)?;
    let digest = digest(&text, &sources.texts);
    Ok(Pack {
        manifest,
        digest,
        files,
        runtime,
        seed_helper,
    })
}

struct Sources<'a> {
    folder: &'a Path,
    texts: BTreeMap<String, String>,
}

impl Sources<'_> {
    fn read(&mut self, relative: &str) -> Result<String, ContractError> {
        let text = read(&self.folder.join(relative))?;
        self.texts.insert(relative.to_owned(), text.clone());
        Ok(text)
    }
}

fn read(path: &Path) -> Result<String, ContractError> {
    let failed = |source| ContractError::Read {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
        return Err(failed(io::Error::other("larger than 1 MiB")));
    }
    fs::read_to_string(path).map_err(failed)
}

/// What contradicts itself in a manifest.
fn fault(manifest: &Manifest) -> Option<String> {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    if !plain(&manifest.name) || !plain(&manifest.version) {
        return Some("name and version are letters, digits, `-`, `_` and `.`".to_owned());
    }
    let mut specifiers = BTreeSet::new();
    for module in &manifest.modules {
        if !specifiers.insert(module.specifier.as_str()) {
            return Some(format!("the module `{}` is listed twice", module.specifier));
        }
    }
    if let Some(name) = manifest
        .core
        .iter()
        .find(|name| !specifiers.contains(name.as_str()))
    {
        return Some(format!(
            "`core` names `{name}`, which is not among the modules"
        ));
    }
    if let Some(name) = manifest
        .widgets
        .keys()
        .find(|w| !manifest.known_widgets.contains(w))
    {
        return Some(format!(
            "the widget `{name}` is described but not in `knownWidgets`"
        ));
    }
    let modules = manifest.modules.iter();
    let mut paths = modules
        .flat_map(|m| std::iter::once(&m.declarations).chain(&m.runtime))
        .chain(manifest.widgets.values())
        .chain([&manifest.lib, &manifest.seed_helper]);
    paths
        .find(|path| !inside(path))
        .map(|path| format!("the path `{path}` does not stay inside the pack's folder"))
}

fn inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

fn digest(manifest: &str, texts: &BTreeMap<String, String>) -> Digest {
    // JSON, so that no choice of names and texts can collide with another.
    let listed = serde_json::json!({ "manifest": manifest, "files": texts });
    Digest::of(listed.to_string().as_bytes())
}
