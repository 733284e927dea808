//! The checker service.

use std::time::Duration;

use itemsmith_domain::{
    FailureReason, Finding,
    check::{CheckRequest, ContractText, Verdict},
};
use itemsmith_pipeline::{
    ports::{OnBehalf, PortError},
    retry::checker_trouble,
};
use itemsmith_steps::HttpRequest;
use serde::de::DeserializeOwned;

use super::{Limits, World, get, model::storable, post};
use crate::outside::Outside;

/// A check ends within five seconds of work; the rest is waiting for a free compiler. The largest
/// verdict holds a few thousand findings and one item.
const CHECKER: Limits = Limits {
    timeout: Duration::from_secs(60),
    max_bytes: 8 * 1024 * 1024,
};

impl<O: Outside> World<'_, O> {
    pub(super) async fn fetch_contract(
        &self,
        widgets: &[String],
    ) -> Result<ContractText, PortError> {
        // Widget types are letters and digits: ingress knows them all.
        let path = format!("/v1/contracts/default?widgets={}", widgets.join(","));
        self.checker(get(self.checker_url(&path))).await
    }

    pub(super) async fn ask_checker(
        &self,
        request: &CheckRequest,
        on_behalf: OnBehalf<'_>,
    ) -> Result<Verdict, PortError> {
        let body = serde_json::to_vec(request).map_err(|_| {
            let message = "the check cannot be written as JSON";
            PortError::lasting(FailureReason::Internal, "check_request", message)
        })?;
        let mut call = post(self.checker_url("/v1/check"), body);
        call.headers
            .set("x-request-id", on_behalf.request.to_string());
        call.headers.set("x-run-id", on_behalf.run.to_owned());
        call.headers
            .set("x-iteration", on_behalf.iteration.to_string());
        let verdict: Verdict = self.checker(call).await?;
        Ok(Verdict {
            findings: verdict.findings.into_iter().map(plain).collect(),
            ..verdict
        })
    }

    /// Whether the checker answers and is ready.
    pub async fn checker_is_ready(&self) -> bool {
        let limits = Limits {
            timeout: Duration::from_secs(5),
            ..CHECKER
        };
        let response = self.send(get(self.checker_url("/ready")), &limits).await;
        response.is_ok_and(|response| response.status == 200)
    }

    fn checker_url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.config.checker.url)
    }

    async fn checker<T: DeserializeOwned>(&self, mut request: HttpRequest) -> Result<T, PortError> {
        if let Some(key) = &self.settings.config.checker.key {
            request
                .headers
                .set("authorization", format!("Bearer {}", key.expose()));
        }
        let Ok(response) = self.send(request, &CHECKER).await else {
            return Err(checker_trouble(None, None));
        };
        if response.status != 200 {
            return Err(checker_trouble(
                Some(response.status),
                self.retry_after(&response),
            ));
        }
        serde_json::from_slice(&response.body).map_err(|error| {
            let reason = FailureReason::CheckerUnavailable;
            let message = format!("the checker's answer does not fit: {error}");
            PortError::passing(reason, "checker_answer", message)
        })
    }
}

/// A template under check chooses its messages; jsonb refuses U+0000.
fn plain(finding: Finding) -> Finding {
    Finding {
        rule: finding.rule.map(storable),
        message: storable(finding.message),
        hint: finding.hint.map(storable),
        ..finding
    }
}
