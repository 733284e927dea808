//! `manifest.json` of a contract pack.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What a pack's folder holds; every path is relative to that folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The pack's name, what a request chooses it by.
    pub name: String,
    /// Its version; changes whenever a file of it does.
    pub version: String,
    /// Everything that a template may import.
    pub modules: Vec<ModuleEntry>,
    /// Specifiers of the modules that every prompt shows, in prompt order.
    pub core: Vec<String>,
    /// The widget types that the pack describes, with the file that declares each.
    pub widgets: BTreeMap<String, String>,
    /// Every widget type name that exists, described or not.
    pub known_widgets: Vec<String>,
    /// The standard library that takes the place of TypeScript's own.
    pub lib: String,
    /// The seed helper's source as the model should see it.
    pub seed_helper: String,
}

/// One importable module.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModuleEntry {
    /// What a template imports it by.
    pub specifier: String,
    /// Its declarations.
    pub declarations: String,
    /// Its code, for modules that exist at run time; a module without holds types alone.
    #[serde(default)]
    pub runtime: Option<String>,
    /// The names it exports.
    pub exports: Vec<String>,
}
