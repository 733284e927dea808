//! The retry table of the checker.

use std::time::Duration;

use itemsmith_domain::FailureReason;

use crate::ports::{PortError, Retrying};

/// The error that a step fails with when the checker gave no verdict.
///
/// `status` is `None` when there was no answer at all.
///
/// | answer | tried again |
/// |---|---|
/// | none, or cut | soon |
/// | 429, 503 with `Retry-After` | after that long |
/// | 408, 429, 5xx | soon |
/// | 401, 403 | never: the key is wrong |
/// | everything else | never: the same question gets the same answer |
#[must_use]
pub fn checker_trouble(status: Option<u16>, retry_after: Option<Duration>) -> PortError {
    let reason = FailureReason::CheckerUnavailable;
    let Some(status) = status else {
        return PortError::passing(
            reason,
            "checker_connection",
            "the checker could not be reached; check CHECKER_URL",
        );
    };
    let (kind, advice, retrying) = match status {
        408 | 429 | 500..=599 => (
            "checker_overloaded",
            "",
            retry_after.map_or(Retrying::Soon, Retrying::After),
        ),
        401 | 403 => ("checker_credential", "; check CHECKER_KEY", Retrying::Never),
        _ => ("checker_refused_request", "", Retrying::Never),
    };
    let message = format!("the checker answered {status}{advice}");
    PortError {
        reason,
        kind,
        message,
        retrying,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::checker_trouble;
    use crate::ports::Retrying::{After, Never, Soon};

    #[test]
    fn every_answer_has_its_class() {
        let wait = Some(Duration::from_secs(2));
        let cases = [
            (None, None, Soon),
            (Some(503), wait, After(Duration::from_secs(2))),
            (Some(503), None, Soon),
            (Some(429), wait, After(Duration::from_secs(2))),
            (Some(500), None, Soon),
            (Some(401), None, Never),
            (Some(403), None, Never),
            (Some(400), None, Never),
            (Some(404), None, Never),
            (Some(413), None, Never),
        ];
        for (status, wait, expected) in cases {
            assert_eq!(
                checker_trouble(status, wait).retrying,
                expected,
                "{status:?}"
            );
        }
    }
}
