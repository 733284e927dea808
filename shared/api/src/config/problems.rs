//! What is wrong with the environment, in words that mend it.

use std::fmt;

/// Every variable that is missing or malformed; shows names and remedies, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

/// One variable that is missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {what}: {fix}")]
pub struct ConfigProblem {
    /// Its name.
    pub variable: &'static str,
    /// `is missing` or what is wrong with it.
    pub what: &'static str,
    /// What to set.
    pub fix: &'static str,
}

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is not complete:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigProblems {}
