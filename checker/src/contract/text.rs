//! What a prompt shows of a pack.

use itemsmith_domain::check::{ContractModule, ContractText};

use super::{Pack, ROOT};

impl Pack {
    /// The core modules in prompt order, then the declarations of the asked `widgets`.
    #[must_use]
    pub fn text(&self, widgets: &[String]) -> ContractText {
        let mut modules = Vec::new();
        for specifier in &self.manifest.core {
            let entry = self
                .manifest
                .modules
                .iter()
                .find(|m| &m.specifier == specifier);
            if let Some(entry) = entry {
                self.push(&mut modules, specifier, &entry.declarations);
            }
        }
        let mut undescribed = Vec::new();
        for widget in widgets {
            let Some(path) = self.manifest.widgets.get(widget) else {
                undescribed.push(widget.clone());
                continue;
            };
            let entry = self
                .manifest
                .modules
                .iter()
                .find(|m| &m.declarations == path);
            let specifier = entry.map_or(path.as_str(), |m| m.specifier.as_str());
            self.push(&mut modules, specifier, path);
        }
        ContractText {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            modules,
            seed_helper: self.seed_helper.clone(),
            undescribed,
        }
    }

    fn push(&self, modules: &mut Vec<ContractModule>, specifier: &str, path: &str) {
        let text = self
            .files
            .read(&format!("{ROOT}/{path}"))
            .unwrap_or_default();
        let module = ContractModule {
            specifier: specifier.to_owned(),
            text: text.to_owned(),
        };
        if modules
            .iter()
            .all(|known| known.specifier != module.specifier)
        {
            modules.push(module);
        }
    }
}
