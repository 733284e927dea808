//! The scripts: for each item its replies, and what the next prompt must say about each.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// Every script, by the identifier of its item.
#[derive(Debug, Clone)]
pub struct Scripts {
    by_item: BTreeMap<String, Script>,
}

/// The replies for one item.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// The item's `identifier`.
    pub item: String,
    /// From the first attempt to the right one, which is the last.
    pub replies: Vec<Reply>,
}

/// One reply.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// The template's TypeScript.
    pub source: String,
    /// What a check finds wrong with it, whatever the request's seed is.
    pub findings: Vec<Expected>,
}

/// A finding that the next prompt must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expected {
    /// TypeScript's code, or 9001–9004.
    pub ts_code: u32,
    /// The rule, for every finding that is not TypeScript's own.
    #[serde(default)]
    pub rule: Option<String>,
    /// 1-based; absent for a finding without a position.
    #[serde(default)]
    pub line: Option<u32>,
    /// The seed that shows it.
    #[serde(default)]
    pub seed: Option<String>,
}

impl Expected {
    /// Whether a line of the findings section tells of this finding. What several seeds show is
    /// told once and names the first of them: `requested`, the request's own, where it is one.
    pub fn is_told_by(&self, line: &str, requested: &str) -> bool {
        // Everything before the message: `- 9002 throws at 40:60, seed 1`.
        let head = line.split_once(": ").map_or(line, |(head, _)| head);
        let Some(rest) = head.strip_prefix(&self.name()) else {
            return false;
        };
        let place = self
            .line
            .is_none_or(|n| rest.contains(&format!(" at {n}:")));
        let named = |seed: &str| rest.ends_with(&format!(", seed {seed}"));
        let seed = self
            .seed
            .as_ref()
            .is_none_or(|seed| named(seed) || named(requested));
        (rest.is_empty() || rest.starts_with([' ', ','])) && place && seed
    }

    fn name(&self) -> String {
        match &self.rule {
            Some(rule) => format!("- {} {rule}", self.ts_code),
            None => format!("- TS{}", self.ts_code),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().trim_start_matches("- "))?;
        if let Some(line) = self.line {
            write!(f, " at line {line}")?;
        }
        if let Some(seed) = &self.seed {
            write!(f, ", seed {seed}")?;
        }
        Ok(())
    }
}

/// `script.json` of one item.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScriptFile {
    item: String,
    replies: Vec<ReplyFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplyFile {
    file: String,
    #[serde(default)]
    findings: Vec<Expected>,
}

/// Why the scripts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}; --scripts names the folder of rehearsal scripts")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A `script.json` has the wrong shape.
    #[error("{path} is not a rehearsal script: {source}")]
    Shape {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A script without a play.
    #[error("{path} needs at least two replies, a faulty one and, last, the right one")]
    TooShort {
        /// Which one.
        path: PathBuf,
    },
    /// The folder holds no script at all.
    #[error("{path} holds no rehearsal script")]
    None {
        /// The folder.
        path: PathBuf,
    },
}

impl Scripts {
    /// Reads `dir/*/script.json` and the replies that they name.
    ///
    /// # Errors
    /// When a file is missing or has the wrong shape, or there is no script.
    pub fn load(dir: &Path) -> Result<Self, ScriptError> {
        let wrong = |source| ScriptError::Read {
            path: dir.to_owned(),
            source,
        };
        let mut by_item = BTreeMap::new();
        for entry in fs::read_dir(dir).map_err(wrong)? {
            let folder = entry.map_err(wrong)?.path();
            if folder.is_dir() {
                let script = load_one(&folder)?;
                by_item.insert(script.item.clone(), script);
            }
        }
        if by_item.is_empty() {
            return Err(ScriptError::None {
                path: dir.to_owned(),
            });
        }
        Ok(Self { by_item })
    }

    /// The items that can be rehearsed, in alphabetical order.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.by_item.keys().map(String::as_str)
    }

    pub(super) fn get(&self, item: &str) -> Option<&Script> {
        self.by_item.get(item)
    }
}

fn load_one(folder: &Path) -> Result<Script, ScriptError> {
    let path = folder.join("script.json");
    let file: ScriptFile =
        serde_json::from_str(&read(&path)?).map_err(|source| ScriptError::Shape {
            path: path.clone(),
            source,
        })?;
    if file.replies.len() < 2 {
        return Err(ScriptError::TooShort { path });
    }
    let mut replies = Vec::with_capacity(file.replies.len());
    for reply in file.replies {
        let source = read(&folder.join(&reply.file))?;
        replies.push(Reply {
            source,
            findings: reply.findings,
        });
    }
    Ok(Script {
        item: file.item,
        replies,
    })
}

fn read(path: &Path) -> Result<String, ScriptError> {
    fs::read_to_string(path).map_err(|source| ScriptError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::Expected;

    fn expected(json: &str) -> Expected {
        serde_json::from_str(json).expect("a finding")
    }

    #[test]
    fn a_line_tells_of_a_finding_by_code_rule_line_and_seed() {
        let types = expected(r#"{"tsCode": 2322, "line": 12}"#);
        assert!(types.is_told_by("- TS2322 at 12:5: Type 'a' is not assignable", "0"));
        for line in [
            "- TS2322 at 1:12: m",
            "- TS23 at 12:5: m",
            "- TS23221 at 12:5: m",
            "TS2322",
        ] {
            assert!(!types.is_told_by(line, "0"), "{line}");
        }
        let policy = expected(r#"{"tsCode": 9001, "rule": "no-any", "line": 3}"#);
        assert!(policy.is_told_by("- 9001 no-any at 3:1: any is not allowed", "0"));
        assert!(!policy.is_told_by("- 9001 no-any-thing at 3:1: m", "0"));
        let run = expected(r#"{"tsCode": 9002, "rule": "invalid-item", "seed": "7"}"#);
        assert!(run.is_told_by("- 9002 invalid-item, seed 7: no body", "0"));
        assert!(!run.is_told_by("- 9002 invalid-item, seed 77: no body", "0"));
        assert!(run.is_told_by("- 9002 invalid-item, seed 15: no body", "15"));
    }
}
