//! Other addresses than the real ones between the parts, so that a test can stand in between.

use std::{fmt, sync::Arc};

/// Takes who asks, who is asked and where that one listens (`host:port`); gives the address to use.
type Lead = dyn Fn(&'static str, &'static str, &str) -> String + Send + Sync;

/// How the parts of a stack reach one another: directly, unless something leads them elsewhere.
#[derive(Clone, Default)]
pub struct Detour(Option<Arc<Lead>>);

impl Detour {
    /// Through whatever listens at the addresses that `lead` gives.
    pub fn through(
        lead: impl Fn(&'static str, &'static str, &str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(lead)))
    }

    /// The URL of `to` as `from` is to use it.
    pub(super) fn url(&self, from: &'static str, to: &'static str, url: &str) -> String {
        let Some(lead) = &self.0 else {
            return url.to_owned();
        };
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find('/').map_or(url.len(), |at| start + at);
        // Before the host there may be a user and a password.
        let start = url[start..end]
            .rfind('@')
            .map_or(start, |at| start + at + 1);
        let led = lead(from, to, &url[start..end]);
        format!("{}{led}{}", &url[..start], &url[end..])
    }
}

impl fmt::Debug for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Detour" } else { "Direct" })
    }
}

#[cfg(test)]
mod tests {
    use super::Detour;

    #[test]
    fn only_host_and_port_change() {
        let detour = Detour::through(|from, to, address| format!("[{from}>{to}>{address}]"));
        let led = |url| detour.url("a", "b", url);
        assert_eq!(led("http://h:1"), "http://[a>b>h:1]");
        assert_eq!(led("http://h:1/x?y"), "http://[a>b>h:1]/x?y");
        assert_eq!(led("postgres://u:p@h:1/d"), "postgres://u:p@[a>b>h:1]/d");
        assert_eq!(Detour::default().url("a", "b", "http://h:1"), "http://h:1");
    }
}
