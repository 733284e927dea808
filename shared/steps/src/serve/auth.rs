//! Who may ask for what.

use super::{App, Endpoint, Host, respond};
use crate::config::{Config, Mode};
use crate::http::{HttpRequest, HttpResponse};
use crate::signature::{SignatureError, SigningKey, verify};

const SIGNATURE: &str = "x-inngest-signature";

/// The key that signed the request.
pub(super) fn verified<'a>(
    config: &'a Config,
    request: &HttpRequest,
    now: u64,
) -> Result<&'a SigningKey, SignatureError> {
    if request.headers.count(SIGNATURE) > 1 {
        return Err(SignatureError::Malformed);
    }
    verify(
        &config.signing_keys,
        request.headers.get(SIGNATURE),
        &request.body,
        now,
    )
}

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// Lets the server's requests pass; in development anyone's, as nothing is signed there.
    /// Nothing of the body is parsed before.
    pub(super) fn authenticate(&self) -> Result<(), HttpResponse> {
        if self.config.mode == Mode::Dev {
            return Ok(());
        }
        match self.signer {
            Ok(_) => Ok(()),
            Err(SignatureError::NoKey) => Err(respond::error(
                500,
                "NoSigningKey",
                &SignatureError::NoKey.to_string(),
            )),
            // Which rule it broke is nobody's business.
            Err(_) => Err(respond::json(
                401,
                &serde_json::json!({ "message": "Unauthorized" }),
            )),
        }
    }
}
