//! Apps come and go; cron lines start ticking.

use std::sync::Arc;

use super::{
    super::{
        batch::AppRow,
        clock::Millis,
        function::{self, App, Trigger},
        sync::without_credentials,
    },
    Core, Timer,
};

impl Core {
    /// Takes a registration; true if it differs from the one before.
    pub(in super::super) fn register(&mut self, app: App, now: Millis) -> bool {
        let modified = self
            .apps
            .get(&app.id)
            .is_none_or(|known| known.text != app.text);
        if !modified {
            return false;
        }
        let url = without_credentials(&app.url);
        tracing::info!(app = %app.id, %url, functions = app.functions.len(), "app synced");
        let row = AppRow {
            url: app.url.clone(),
            registration: app.text.clone(),
            synced_at: now,
        };
        self.batch.apps.insert(app.id.clone(), row);
        self.adopt(app, now);
        true
    }

    /// Apps known from before; one that this version refuses has to register anew.
    pub(super) fn restore_apps(&mut self, stored: Vec<(String, String)>, now: Millis) {
        for (id, text) in stored {
            match function::parse(&text) {
                Ok(app) => self.adopt(app, now),
                Err(error) => tracing::warn!(app = %id, %error, "a stored registration is refused"),
            }
        }
    }

    fn adopt(&mut self, app: App, now: Millis) {
        self.functions.retain(|_, function| function.app != app.id);
        for function in &app.functions {
            self.functions
                .insert(function.slug.clone(), Arc::clone(function));
            for trigger in &function.triggers {
                if let Trigger::Cron(schedule) = trigger
                    && let Some(at) = schedule.next(now)
                {
                    let timer = Timer::Cron(function.slug.clone(), schedule.line.clone());
                    self.timers.insert((at, timer));
                }
            }
        }
        self.refresh_flow(&app.id);
        self.apps.insert(app.id.clone(), app);
    }
}
