//! `GET /errors/{code}`: what a problem means, why it happens, what to do.

use itemsmith_api::problem::Code;

use crate::http::Outgoing;

/// The handler.
pub fn error_page(code: Code) -> Outgoing {
    Outgoing::text(200, "text/html; charset=utf-8", code.page())
        .with("cache-control", "public, max-age=3600")
}
