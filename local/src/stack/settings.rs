//! The environment of the stack: the process's own, then `.env.local`.

use std::{collections::BTreeMap, path::Path};

/// Settings by name; the process environment wins over the file.
#[derive(Clone, Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

/// `.env.local` is there and cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(".env.local: {0}")]
pub struct SettingsError(String);

impl Settings {
    /// Reads `.env.local` of `folder`, when there is one, below the process environment.
    ///
    /// # Errors
    /// When the file is there and is not a list of `NAME=value` lines.
    pub fn load(folder: &Path) -> Result<Self, SettingsError> {
        let mut values = BTreeMap::new();
        let path = folder.join(".env.local");
        if path.is_file() {
            // The file's values are secrets: an error tells the place, never the text.
            let entries = dotenvy::from_path_iter(&path)
                .map_err(|_| SettingsError("cannot be read".to_owned()))?;
            for (index, entry) in entries.enumerate() {
                let (name, value) = entry.map_err(|_| {
                    let entry = index + 1;
                    SettingsError(format!("entry {entry} is not of the form NAME=value"))
                })?;
                values.insert(name, value);
            }
        }
        values.extend(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        Ok(Self { values })
    }

    /// Nothing but these, whatever the environment holds.
    #[must_use]
    pub fn only<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            values: pairs.into_iter().map(own).collect(),
        }
    }

    /// A setting that is present and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}
