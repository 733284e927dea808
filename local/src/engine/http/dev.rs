//! What the engine says about itself.

use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;

use super::{
    super::sync::without_credentials,
    Routes, permitted,
    reply::{Refusal, data, json, refuse},
};

/// `GET /health`: the process answers.
pub(super) fn health() -> Response<Full<Bytes>> {
    json(
        StatusCode::OK,
        &serde_json::json!({"status": 200, "message": "OK"}),
    )
}

/// `GET /dev`: SDKs ask it whether a development server is there. What is registered is told only
/// to those who may use the API.
pub(super) async fn info(
    routes: &Routes,
    headers: &HeaderMap,
) -> Result<Response<Full<Bytes>>, Refusal> {
    #[derive(Serialize)]
    struct Info {
        version: &'static str,
        engine: &'static str,
        authed: bool,
        #[serde(rename = "isSingleNodeService")]
        single_node: bool,
        functions: Vec<Known>,
    }
    let functions = if permitted(routes, headers) {
        known(routes).await?
    } else {
        Vec::new()
    };
    Ok(json(
        StatusCode::OK,
        &Info {
            version: env!("CARGO_PKG_VERSION"),
            engine: "itemsmith, for one machine",
            authed: routes.signing_key.is_some(),
            single_node: true,
            functions,
        },
    ))
}

/// `GET /v1/apps/{app}/functions`: what an app can run.
pub(super) async fn functions(
    routes: &Routes,
    app: &str,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let mut functions = known(routes).await?;
    functions.retain(|function| function.app == app);
    if functions.is_empty() {
        return Err(refuse(StatusCode::NOT_FOUND, "there is no such app"));
    }
    Ok(data(&functions))
}

/// A function, for display.
#[derive(Serialize)]
struct Known {
    slug: String,
    name: String,
    app: String,
    url: String,
}

async fn known(routes: &Routes) -> Result<Vec<Known>, Refusal> {
    let mut functions = routes
        .core
        .commit(|core| {
            core.functions()
                .map(|function| Known {
                    slug: function.slug.clone(),
                    name: function.name.clone(),
                    app: function.app.clone(),
                    url: without_credentials(function.url.as_str()),
                })
                .collect::<Vec<_>>()
        })
        .await?;
    functions.sort_unstable_by(|a, b| a.slug.cmp(&b.slug));
    Ok(functions)
}
