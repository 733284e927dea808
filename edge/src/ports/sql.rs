//! The database over HTTP.

use std::time::Duration;

use itemsmith_domain::FailureReason;
use itemsmith_pipeline::ports::{PortError, Retrying};
use itemsmith_sql::{ErrorKind, Query, SqlError, wire};

use super::{Limits, World, post};
use crate::outside::{FetchTrouble, Outside};

/// A database that scales to zero takes five seconds to wake; no statement of ours takes one.
const DATABASE: Limits = Limits {
    timeout: Duration::from_secs(15),
    max_bytes: wire::MAX_MESSAGE_BYTES,
};

/// Tries of a statement that lost a race: the winner is done by then.
const RACES: u32 = 3;

impl<O: Outside> World<'_, O> {
    /// Runs one statement. Every statement is idempotent, so one that lost a race is sent again.
    ///
    /// # Errors
    /// The database's error, classified.
    pub async fn query<Q: Query>(&self, query: &Q) -> Result<Q::Output, SqlError> {
        let statement = query.statement();
        let mut races = 0;
        loop {
            match self.run(&statement).await {
                Ok(answer) => return Ok(query.decode(answer)?),
                Err(error) => {
                    races += 1;
                    let lost = matches!(error.kind, ErrorKind::Contended | ErrorKind::Conflict);
                    if !lost || races == RACES {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn run(
        &self,
        statement: &itemsmith_sql::Statement,
    ) -> Result<itemsmith_sql::Answer, SqlError> {
        let config = &self.settings.config;
        let encoded = wire::encode(config.database_url.expose(), statement)?;
        let mut request = post(config.sql_http_url.clone(), encoded.body.into_bytes());
        for (name, value) in encoded.headers {
            request.headers.set(name, value);
        }
        self.sql_calls.set(self.sql_calls.get() + 1);
        match self.send(request, &DATABASE).await {
            Ok(response) => wire::decode(response.status, &response.body),
            Err(FetchTrouble::TooLarge) => Err(SqlError::new(
                ErrorKind::TooLarge,
                "the answer is too large",
            )),
            Err(trouble) => Err(SqlError::new(ErrorKind::Unavailable, trouble.to_string())),
        }
    }

    /// The same for a durable step.
    pub(super) async fn step_query<Q: Query>(&self, query: &Q) -> Result<Q::Output, PortError> {
        self.query(query).await.map_err(|error| port_error(&error))
    }
}

/// What a step fails with. The server's own words may quote values: they go to the log alone.
fn port_error(error: &SqlError) -> PortError {
    tracing::warn!(
        kind = error.kind.label(),
        code = error.code,
        constraint = error.constraint,
        detail = error.message,
        "the database refused a statement"
    );
    // Only what the database says of this very statement lasts. All else is tried again for as long
    // as a deployment takes: a schema behind its worker, a password that is being changed, a proxy
    // that answers for a database that is not there yet.
    let passing = !matches!(
        error.kind,
        ErrorKind::Refused | ErrorKind::Invalid | ErrorKind::TooLarge
    );
    let message = match &error.code {
        Some(code) => format!("the database answered {code}"),
        None => "the database did not answer; check DATABASE_URL and SQL_HTTP_URL".to_owned(),
    };
    PortError {
        reason: FailureReason::Internal,
        kind: error.kind.label(),
        message,
        retrying: if passing {
            Retrying::Soon
        } else {
            Retrying::Never
        },
    }
}
