//! The file system that a compiler sees: a pack's files and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::json;

use super::{CONFIG_PATH, Manifest, ROOT, TEMPLATE_PATH};

/// Absolute virtual paths with their text, and the folders that they lie in.
#[derive(Debug, Default)]
pub struct VirtualFiles {
    files: BTreeMap<String, Arc<str>>,
    folders: BTreeSet<String>,
}

impl VirtualFiles {
    /// The text of a file.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// Whether `path` is a folder that holds something.
    #[must_use]
    pub fn is_folder(&self, path: &str) -> bool {
        let trimmed = path.trim_end_matches('/');
        trimmed.is_empty() || self.folders.contains(trimmed)
    }

    /// Every file, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_ref()))
    }

    pub(super) fn insert(&mut self, relative: &str, text: &str) {
        let path = format!("{ROOT}/{relative}");
        let mut folder = path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if parent.is_empty() {
                break;
            }
            self.folders.insert(parent.to_owned());
            folder = parent;
        }
        self.files.insert(path, text.into());
    }

    /// Adds the compiler's configuration. A template is checked strictly, against the pack's own
    /// library alone; `files` names just the library and the template, so that a pack's module is
    /// loaded only when something imports it.
    pub(super) fn configure(&mut self, manifest: &Manifest) {
        let paths: serde_json::Map<_, _> = manifest
            .modules
            .iter()
            .map(|m| {
                (
                    m.specifier.clone(),
                    json!([format!("./{}", m.declarations)]),
                )
            })
            .collect();
        let config = json!({
            "compilerOptions": {
                "strict": true,
                "noUnusedLocals": true,
                "noUnusedParameters": true,
                "target": "ESNext",
                "module": "ESNext",
                "moduleResolution": "bundler",
                "moduleDetection": "force",
                "skipLibCheck": true,
                "noEmit": true,
                // A model repairs better when it sees a type whole.
                "noErrorTruncation": true,
                "noLib": true,
                "types": [],
                "paths": paths,
            },
            "files": [format!("{ROOT}/{}", manifest.lib), TEMPLATE_PATH],
        });
        self.files
            .insert(CONFIG_PATH.to_owned(), config.to_string().into());
    }
}
