//! Findings: what a check, an execution or a model reply had wrong.

use serde::{Deserialize, Serialize};

use crate::{seed::Seed, status::IterationStatus};

/// `tsCode` of a policy finding.
pub const POLICY_CODE: u32 = 9001;
/// `tsCode` of an execution finding.
pub const EXECUTION_CODE: u32 = 9002;
/// `tsCode` of a model-reply finding (empty, refused, truncated).
pub const REPLY_CODE: u32 = 9003;
/// `tsCode` of a resource-limit finding.
pub const LIMIT_CODE: u32 = 9004;

/// The proposal's diagnostic, as events and prompts carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Human-readable; a policy or execution finding leads with its rule id.
    pub message: String,
    /// TypeScript's code, or one of the 9001–9004 above.
    pub ts_code: u32,
    /// 1-based; 0 when there is no position.
    pub line: u32,
    /// 1-based, in UTF-16 units; 0 when there is no position.
    pub column: u32,
}

/// Which part of the check found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// TypeScript syntax errors.
    Syntax,
    /// TypeScript semantic errors.
    Types,
    /// Policy rules on the syntax tree.
    Policy,
    /// The template ran and its output was wrong.
    Execution,
    /// The model's reply held no usable source.
    Reply,
    /// A CPU, memory or size limit was reached.
    Limit,
}

/// One finding of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which part found it.
    pub phase: Phase,
    /// Stable id of the rule for everything but TypeScript's own findings, e.g. `no-any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// TypeScript's code, or 9001–9004.
    pub ts_code: u32,
    /// Human-readable text without the rule id.
    pub message: String,
    /// 1-based; 0 when there is no position.
    pub line: u32,
    /// 1-based, UTF-16 units; 0 when there is no position.
    pub column: u32,
    /// 1-based line of the end; 0 when there is no position.
    pub end_line: u32,
    /// 1-based column just after the end, UTF-16 units; 0 when there is no position.
    pub end_column: u32,
    /// The seed that shows it (execution only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// A finding without a position.
    #[must_use]
    pub fn unplaced(phase: Phase, rule: &str, ts_code: u32, message: impl Into<String>) -> Self {
        Self {
            phase,
            rule: Some(rule.to_owned()),
            ts_code,
            message: message.into(),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
            seed: None,
            hint: None,
        }
    }

    /// The proposal's shape; the rule id leads the message, the seed is named.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut message = String::new();
        if let Some(rule) = &self.rule {
            message.push_str(rule);
            message.push_str(": ");
        }
        if let Some(seed) = self.seed {
            message.push_str(&format!("seed {seed}: "));
        }
        message.push_str(&self.message);
        Diagnostic {
            message,
            ts_code: self.ts_code,
            line: self.line,
            column: self.column,
        }
    }
}

/// The iteration's status from its findings: types before everything else.
#[must_use]
pub fn status_of(findings: &[Finding]) -> IterationStatus {
    let types = |f: &Finding| matches!(f.phase, Phase::Syntax | Phase::Types | Phase::Limit);
    if findings.is_empty() {
        IterationStatus::Success
    } else if findings.iter().any(types) {
        IterationStatus::TypecheckFailed
    } else {
        IterationStatus::ValidationFailed
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, POLICY_CODE, Phase, status_of};
    use crate::status::IterationStatus;

    #[test]
    fn a_type_error_outranks_a_policy_violation() {
        let policy = Finding::unplaced(Phase::Policy, "no-any", POLICY_CODE, "any is not allowed");
        let mut types = Finding::unplaced(Phase::Types, "", 2322, "not assignable");
        types.rule = None;
        assert_eq!(status_of(&[]), IterationStatus::Success);
        assert_eq!(
            status_of(std::slice::from_ref(&policy)),
            IterationStatus::ValidationFailed
        );
        assert_eq!(
            status_of(&[policy, types]),
            IterationStatus::TypecheckFailed
        );
    }

    #[test]
    fn the_rule_and_the_seed_lead_the_message() {
        let mut f = Finding::unplaced(Phase::Execution, "not-valid", 9002, "no body");
        f.seed = Some(crate::Seed::from_u64(7));
        assert_eq!(f.diagnostic().message, "not-valid: seed 7: no body");
    }
}
