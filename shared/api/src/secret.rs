//! A text that never shows itself.

use std::fmt;

/// A key, token or address with a password in it. `Debug` and `Display` hide it, and it has no
/// `Serialize`, so that it cannot reach a log, an error or an answer by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; for the header or connection that needs it and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn no_format_shows_it() {
        let secret = Secret::new("swordfish");
        assert!(!format!("{secret} {secret:?} {secret:#?}").contains("swordfish"));
        assert_eq!(secret.expose(), "swordfish");
    }
}
