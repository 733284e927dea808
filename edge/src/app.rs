//! From a request to its answer: configuration, route, key, handler.

use itemsmith_api::{
    Problem, auth,
    config::{ConfigProblems, Environment},
    problem::Code,
    route::{self, Route},
};
use itemsmith_steps::{
    Headers, Method,
    stream::{self, Stream},
};
use uuid::Uuid;

use crate::{
    http::{self, Incoming, Outgoing},
    outside::Outside,
    ports::{After, World},
    routes,
    settings::Settings,
};

/// The worker's state: one for each isolate, whatever the number of requests.
#[derive(Debug)]
pub struct App<O> {
    outside: O,
    settings: Result<Settings, ConfigProblems>,
}

/// An answer, and what is still to be done once it is on its way.
#[derive(Debug)]
pub struct Answer {
    /// The answer.
    pub outgoing: Outgoing,
    /// To be given to [`App::after`].
    pub after: Option<After>,
}

/// What a handler knows besides its route.
pub(crate) struct Request<'a, O> {
    pub world: &'a World<'a, O>,
    pub incoming: &'a Incoming,
    /// Hash of the API key; present on every route that needs one.
    pub key_hash: Option<itemsmith_domain::Digest>,
}

impl<O: Outside> App<O> {
    /// An application whose environment is read through `lookup`. Trouble with the environment is
    /// answered by every route but `/health` and the error pages.
    pub fn new(outside: O, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let settings = Settings::from_lookup(lookup);
        Self { outside, settings }
    }

    /// The configuration, when it is complete.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().ok()
    }

    /// How the answer to a request is streamed, should it be slow: calls of durable functions are.
    pub fn opening(&self, method: &str, url: &str, headers: &Headers) -> Option<Stream> {
        let matched = route::resolve(method, http::path(url)).ok()?;
        if matched.route != Route::Inngest {
            return None;
        }
        let config = &self.settings()?.inngest;
        stream::open(config, Method::from_name(method), url, headers)
    }

    /// Answers a request, whatever it is.
    pub async fn handle(&self, incoming: &Incoming) -> Answer {
        let started = self.outside.now_ms();
        let id = uuid7(started, self.outside.random()).to_string();
        let (mut answer, label) = match route::resolve(&incoming.method, incoming.path()) {
            Err(problem) => (problem.into(), "none"),
            Ok(matched) => {
                let label = matched.route.label();
                let mut answer = self.route(matched.route, incoming).await;
                if matched.head {
                    answer.outgoing.body.clear();
                }
                (answer, label)
            }
        };
        answer.outgoing = answer.outgoing.with("x-request-id", &id);
        let (status, method) = (answer.outgoing.status, incoming.method.as_str());
        let ms = self.outside.now_ms().saturating_sub(started);
        if status >= 500 {
            tracing::error!(method, route = label, status, ms, http_id = id, "answered");
        } else {
            tracing::info!(method, route = label, status, ms, http_id = id, "answered");
        }
        answer
    }

    async fn route(&self, route: Route, incoming: &Incoming) -> Answer {
        if route == Route::Health {
            return routes::health::health().into();
        }
        if let Route::ErrorPage { code } = route {
            return routes::error_page::error_page(code).into();
        }
        let settings = match &self.settings {
            Ok(settings) => settings,
            Err(problems) => {
                tracing::error!(%problems, "the environment is not complete");
                return not_configured(problems).into();
            }
        };
        let world = World::new(&self.outside, settings);
        let mut answer = match self.keyed(&world, &route, incoming) {
            Err(problem) => problem.into(),
            Ok(request) => dispatch(route, &request).await,
        };
        if settings.config.environment == Environment::Development {
            let calls = world.sql_calls.get().to_string();
            answer.outgoing = answer.outgoing.with("x-itemsmith-sql-calls", &calls);
        }
        answer
    }

    fn keyed<'a>(
        &self,
        world: &'a World<'a, O>,
        route: &Route,
        incoming: &'a Incoming,
    ) -> Result<Request<'a, O>, Problem> {
        let key_hash = if route.needs_key() {
            let header = incoming.headers.get("authorization");
            Some(auth::authenticate(
                header,
                world.settings.config.environment,
            )?)
        } else {
            None
        };
        if incoming.body.is_none() {
            // The host stops reading there: see `host.mjs`.
            let limit = if *route == Route::Inngest {
                "5 MiB"
            } else {
                "1 MiB"
            };
            let detail = format!("a body is at most {limit} here");
            return Err(Problem::new(Code::BodyTooLarge).detail(detail));
        }
        Ok(Request {
            world,
            incoming,
            key_hash,
        })
    }

    /// Does what an answer left to be done. Trouble is logged: the sweep does it again.
    pub async fn after(&self, after: After) {
        if let Ok(settings) = &self.settings {
            World::new(&self.outside, settings).after(after).await;
        }
    }
}

async fn dispatch<O: Outside>(route: Route, request: &Request<'_, O>) -> Answer {
    let done: Result<Answer, Problem> = match route {
        Route::CreateTemplate => routes::create::create(request).await,
        Route::Status { id } => routes::status::status(request, id).await.map(Answer::from),
        Route::Manifest { id } => routes::manifest::manifest(request, id)
            .await
            .map(Answer::from),
        Route::Artifact { id, name } => routes::artifact::artifact(request, id, &name)
            .await
            .map(Answer::from),
        Route::Inngest => Ok(routes::inngest::inngest(request).await.into()),
        Route::Ready => Ok(routes::ready::ready(request).await.into()),
        Route::Health => Ok(routes::health::health().into()),
        Route::ErrorPage { code } => Ok(routes::error_page::error_page(code).into()),
    };
    done.unwrap_or_else(Answer::from)
}

/// Names the variables, never their values.
fn not_configured(problems: &ConfigProblems) -> Problem {
    let each: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    Problem::new(Code::Configuration).detail(each.join("; "))
}

/// An id in order of creation (RFC 9562, version 7).
pub(crate) fn uuid7(now_ms: u64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid()
}

impl From<Outgoing> for Answer {
    fn from(outgoing: Outgoing) -> Self {
        Self {
            outgoing,
            after: None,
        }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Outgoing::from(problem).into()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
