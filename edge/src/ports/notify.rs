//! The webhook that hears of finished requests.

use std::time::Duration;

use itemsmith_api::webhook;
use itemsmith_domain::FailureReason;
use itemsmith_pipeline::ports::{Delivery, Notice, PortError, Retrying};

use super::{Limits, World, post};
use crate::outside::{FetchTrouble, Outside};

/// A receiver answers at once or is down; what it says is not read.
const RECEIVER: Limits = Limits {
    timeout: Duration::from_secs(10),
    max_bytes: 64 * 1024,
};

impl<O: Outside> World<'_, O> {
    pub(super) async fn send_notice(&self, notice: &Notice) -> Result<Delivery, PortError> {
        let config = &self.settings.config;
        let Some(notify) = &config.notify else {
            return Ok(Delivery::NotConfigured);
        };
        let origin = config.inngest.serve_origin.as_deref();
        let body = match notice {
            Notice::Completed(event) => webhook::completed(notify.format, event, origin),
            Notice::Failed(event) => webhook::failed(notify.format, event, origin),
        };
        let request = post(notify.url.expose().to_owned(), body.into_bytes());
        let trouble = |message: String, retrying| PortError {
            reason: FailureReason::Internal,
            kind: "webhook",
            message,
            retrying,
        };
        let response = match self.send(request, &RECEIVER).await {
            // Whoever says that much has heard us.
            Err(FetchTrouble::TooLarge) => return Ok(Delivery::Sent),
            other => other,
        };
        // The address is a credential: nothing of it goes into the error.
        let response =
            response.map_err(|e| trouble(format!("the webhook: {e}"), Retrying::Soon))?;
        let retrying = match response.status {
            200..=299 => return Ok(Delivery::Sent),
            408 | 429 | 500..=599 => self
                .retry_after(&response)
                .map_or(Retrying::Soon, Retrying::After),
            _ => Retrying::Never,
        };
        Err(trouble(
            format!("the webhook answered {}", response.status),
            retrying,
        ))
    }
}
