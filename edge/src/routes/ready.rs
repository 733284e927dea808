//! `GET /ready`: the state of what the worker depends on.

use itemsmith_api::response::{Health, HealthCheck, HealthStatus};
use itemsmith_sql::Readiness;

use super::health::VERSION;
use crate::{app::Request, http::Outgoing, outside::Outside};

/// The handler.
pub async fn ready<O: Outside>(request: &Request<'_, O>) -> Outgoing {
    let database = match request.world.query(&Readiness).await {
        Ok(ready) if ready.migration > 0 => check("database", Ok(())),
        Ok(_) => check("database", Err("no migration has run")),
        Err(error) => check("database", Err(error.kind.label())),
    };
    let checker = if request.world.checker_is_ready().await {
        check("checker", Ok(()))
    } else {
        check("checker", Err("it does not answer, or is not ready"))
    };
    let health = Health::of(VERSION, vec![database, checker]);
    Outgoing::json(health.http_status(), &health)
}

fn check(name: &str, state: Result<(), &str>) -> HealthCheck {
    let name = name.to_owned();
    match state {
        Ok(()) => HealthCheck {
            name,
            status: HealthStatus::Ok,
            detail: None,
        },
        Err(detail) => HealthCheck {
            name,
            status: HealthStatus::Unavailable,
            detail: Some(detail.to_owned()),
        },
    }
}
