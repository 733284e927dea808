//! The handlers, one file for each route.

pub mod artifact;
pub mod create;
pub mod error_page;
pub mod health;
pub mod inngest;
pub mod manifest;
pub mod ready;
pub mod status;

use itemsmith_api::{Problem, problem::Code};
use itemsmith_domain::Digest;
use itemsmith_sql::{Access, ErrorKind, SqlError};

use crate::app::Request;

impl<O> Request<'_, O> {
    /// Hash of the API key.
    ///
    /// # Errors
    /// On a route that asks for none, which would be our own mistake.
    fn key(&self) -> Result<&Digest, Problem> {
        self.key_hash
            .as_ref()
            .ok_or_else(|| Problem::new(Code::Internal))
    }

    /// A header field of the request.
    fn header(&self, name: &str) -> Option<&str> {
        self.incoming.headers.get(name)
    }
}

/// What the key may see, or the problem that answers instead.
fn granted<T>(access: Access<T>) -> Result<T, Problem> {
    match access {
        Access::Unauthorized => Err(Problem::new(Code::Unauthorized)),
        Access::Forbidden => Err(Problem::new(Code::Forbidden)),
        Access::NotFound => {
            let detail = "this key's tenant has no request of that id";
            Err(Problem::new(Code::NotFound).detail(detail))
        }
        Access::Granted(resource) => Ok(resource),
    }
}

/// The problem that a failed statement is to a client; the cause goes to the log.
fn database(error: &SqlError) -> Problem {
    tracing::warn!(
        kind = error.kind.label(),
        code = error.code,
        constraint = error.constraint,
        detail = error.message,
        "the database refused a statement"
    );
    let passing = error.kind.is_retryable() || error.kind == ErrorKind::NotMigrated;
    if passing {
        // A database that sleeps takes five seconds to wake.
        Problem::new(Code::Unavailable).retry_after(5)
    } else {
        Problem::new(Code::Internal)
    }
}
