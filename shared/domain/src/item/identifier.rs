//! The grammars of identifiers.

/// What an identifier names, and so how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grammar {
    /// `^RESPONSE(?:_[A-Za-z0-9_]+)?$`.
    Response,
    /// `^[A-Z][A-Z0-9_]*$`: choices, gap texts and gaps.
    Choice,
    /// `^[a-z][a-z0-9_]*$`: keys of `widgets` and `interactions`.
    Slot,
}

impl Grammar {
    pub fn accepts(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::Response => match text.strip_prefix("RESPONSE") {
                Some("") => true,
                Some(rest) => rest.strip_prefix('_').is_some_and(|tail| {
                    !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                }),
                None => false,
            },
            Self::Choice => {
                let good = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
                bytes.first().is_some_and(u8::is_ascii_uppercase) && bytes.iter().all(good)
            }
            Self::Slot => {
                let good = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
                bytes.first().is_some_and(u8::is_ascii_lowercase) && bytes.iter().all(good)
            }
        }
    }

    pub const fn describe(self) -> &'static str {
        match self {
            Self::Response => {
                "a response identifier: RESPONSE, or RESPONSE_ and letters, digits, _"
            }
            Self::Choice => "an identifier of capitals, digits and _ that starts with a capital",
            Self::Slot => "a slot of small letters, digits and _ that starts with a letter",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Grammar::{Choice, Response, Slot};

    #[test]
    fn the_grammars_are_those_of_the_players() {
        for good in ["RESPONSE", "RESPONSE_A", "RESPONSE_a1_", "RESPONSE__"] {
            assert!(Response.accepts(good), "{good}");
        }
        for bad in [
            "",
            "RESPONSE_",
            "RESPONSES",
            "RESPONSE-A",
            "response",
            "RESPONSE_é",
            " RESPONSE",
        ] {
            assert!(!Response.accepts(bad), "{bad}");
        }
        for good in ["A", "CNT_17", "A_"] {
            assert!(Choice.accepts(good), "{good}");
        }
        for bad in ["", "a", "1A", "_A", "A-B", "Ab"] {
            assert!(!Choice.accepts(bad), "{bad}");
        }
        for good in ["a", "dot_plot_1"] {
            assert!(Slot.accepts(good), "{good}");
        }
        for bad in ["", "A", "1a", "_a", "a-b", "aB"] {
            assert!(!Slot.accepts(bad), "{bad}");
        }
    }
}
