//! The differences that are known, each with its reason: `tests/inngest/differences.json`.

use std::sync::LazyLock;

use itemsmith_local::toolchain::workspace;
use serde::Deserialize;

use super::compare::Difference;

/// A difference that is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Where, as [`Difference::field`]; `*` stands for one part, a final `**` for any rest.
    pub fields: Vec<String>,
    /// In which cases; in any, if empty.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Who has the field.
    pub has: Has,
    /// Whether it is meant, or to be mended.
    pub kind: Kind,
    /// Why, for people.
    pub reason: String,
}

/// Who has a field that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Has {
    /// Our SDK's side.
    Rust,
    /// The TypeScript SDK's side.
    Typescript,
    /// Both, with other values.
    Both,
}

/// What is thought of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Meant.
    Choice,
    /// To be mended.
    Defect,
}

impl Expected {
    /// Whether this is the difference that is meant.
    pub fn covers(&self, difference: &Difference) -> bool {
        self.fields
            .iter()
            .any(|field| self.covers_by(field, difference))
    }

    /// The fields by which nothing differs any more.
    pub fn stale<'a>(&'a self, found: &[&Difference]) -> Vec<&'a String> {
        let gone = |field: &&String| !found.iter().any(|found| self.covers_by(field, found));
        self.fields.iter().filter(gone).collect()
    }

    fn covers_by(&self, field: &str, difference: &Difference) -> bool {
        let has = match (&difference.rust, &difference.typescript) {
            (Some(_), None) => Has::Rust,
            (None, Some(_)) => Has::Typescript,
            _ => Has::Both,
        };
        self.has == has
            && (self.cases.is_empty() || self.cases.contains(&difference.case))
            && fits(field, &difference.field)
    }
}

fn fits(pattern: &str, field: &str) -> bool {
    let mut parts = field.split('.');
    for wanted in pattern.split('.') {
        if wanted == "**" {
            return true;
        }
        match parts.next() {
            Some(part) if wanted == "*" || wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

/// All that are known.
pub fn differences() -> &'static [Expected] {
    static ALL: LazyLock<Vec<Expected>> = LazyLock::new(|| {
        let path = workspace::root().join("tests/inngest/differences.json");
        let text = std::fs::read_to_string(path).expect("tests/inngest/differences.json");
        serde_json::from_str(&text).expect("tests/inngest/differences.json is well-formed")
    });
    &ALL
}

/// Those that nobody has given a reason for.
pub fn unlisted<'a>(
    found: impl IntoIterator<Item = &'a Difference>,
) -> impl Iterator<Item = &'a Difference> {
    found
        .into_iter()
        .filter(|difference| !differences().iter().any(|known| known.covers(difference)))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_one_part_and_two_are_the_rest() {
        assert!(fits("a.*.c", "a.0.c") && fits("a.**", "a.b.c.d"));
        assert!(!fits("a.*", "a.b.c") && !fits("a.b.c", "a.b"));
    }
}
