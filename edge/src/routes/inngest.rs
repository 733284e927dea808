//! `GET`, `PUT` and `POST /api/inngest`: the endpoint of the durable functions.

use itemsmith_pipeline::Orchestrator;
use itemsmith_steps::{self as steps, HttpRequest, Method};

use crate::{app::Request, http::Outgoing, outside::Outside, ports::World};

/// The handler.
pub async fn inngest<O: Outside>(request: &Request<'_, O>) -> Outgoing {
    let World {
        outside, settings, ..
    } = *request.world;
    let app = Orchestrator {
        ports: World::new(outside, settings),
        pace: settings.pace(),
        checkpointing: settings.checkpointing(),
    };
    let incoming = request.incoming;
    let method = match incoming.method.as_str() {
        // The same answer without its body.
        "HEAD" => Method::Get,
        name => Method::from_name(name),
    };
    let call = HttpRequest {
        method,
        url: incoming.url.clone(),
        headers: incoming.headers.clone(),
        body: incoming.body.clone().unwrap_or_default(),
    };
    let response = steps::serve(&app, request.world, &settings.inngest, call).await;
    request.world.sql_calls.set(app.ports.sql_calls.get());
    Outgoing {
        status: response.status,
        headers: response.headers,
        body: String::from_utf8_lossy(&response.body).into_owned(),
    }
}
