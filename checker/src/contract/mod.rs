//! Contract packs: the declarations that a template is checked against, loaded from folders.
//!
//! A pack is data: a manifest, flat `.d.ts` files, the small runtime modules behind them, a name
//! and a version. In the compiler's eyes its files lie under [`ROOT`], and nothing else exists.

mod load;
mod manifest;
#[cfg(test)]
mod tests;
mod text;
mod virtual_files;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use itemsmith_domain::Digest;

pub use load::ContractError;
pub use manifest::{Manifest, ModuleEntry};
pub use virtual_files::VirtualFiles;

use crate::policy::{AllowedModule, PolicyOptions};

/// The folder that a compiler sees.
pub const ROOT: &str = "/v";
/// Where a compiler finds the template.
pub const TEMPLATE_PATH: &str = "/v/template.ts";
/// Where a compiler finds its configuration.
pub const CONFIG_PATH: &str = "/v/tsconfig.json";
/// The pack that a request without a choice is checked against.
pub const DEFAULT_PACK: &str = "default";

/// A loaded and validated contract pack.
#[derive(Debug)]
pub struct Pack {
    manifest: Manifest,
    digest: Digest,
    files: VirtualFiles,
    runtime: Vec<(String, String)>,
    seed_helper: String,
}

impl Pack {
    /// Loads the pack in `folder`.
    ///
    /// # Errors
    /// When a file is missing, unreadable or too large, or the manifest contradicts itself; the
    /// error names the file and the place.
    pub fn load(folder: &Path) -> Result<Self, ContractError> {
        load::pack(folder)
    }

    /// What the pack says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// `name@version`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.manifest.name, self.manifest.version)
    }

    /// SHA-256 over every file's path and text: two packs with one digest check alike.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The files that a compiler sees besides the template.
    #[must_use]
    pub fn files(&self) -> &VirtualFiles {
        &self.files
    }

    /// Specifier and JavaScript of every module that exists at run time.
    #[must_use]
    pub fn runtime_modules(&self) -> &[(String, String)] {
        &self.runtime
    }

    /// What the policy needs to know of the pack.
    #[must_use]
    pub fn policy_options(&self, allowed_widgets: Vec<String>) -> PolicyOptions {
        let allowed = |module: &ModuleEntry| AllowedModule {
            specifier: module.specifier.clone(),
            exports: module.exports.clone(),
        };
        PolicyOptions {
            allowed_widgets,
            modules: self.manifest.modules.iter().map(allowed).collect(),
            known_widgets: self.manifest.known_widgets.clone(),
        }
    }
}

/// The packs that a service knows, by name.
#[derive(Debug, Clone)]
pub struct Packs {
    packs: BTreeMap<String, Arc<Pack>>,
    default: Arc<Pack>,
}

impl Packs {
    /// Loads every pack in the subfolders of `folder`.
    ///
    /// # Errors
    /// When a pack is not valid, two share a name, or none is called `default`.
    pub fn load(folder: &Path) -> Result<Self, ContractError> {
        load::packs(folder)
    }

    /// A single pack, which is also the default.
    #[must_use]
    pub fn of(pack: Pack) -> Self {
        let default = Arc::new(pack);
        let packs = BTreeMap::from([(default.manifest.name.clone(), default.clone())]);
        Self { packs, default }
    }

    /// The pack of that name, or the default one.
    #[must_use]
    pub fn get(&self, name: Option<&str>) -> Option<&Arc<Pack>> {
        match name {
            None => Some(&self.default),
            Some(name) => self.packs.get(name),
        }
    }

    /// The default pack.
    #[must_use]
    pub fn default_pack(&self) -> &Arc<Pack> {
        &self.default
    }

    /// Every pack, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.packs.values()
    }
}
