//! From method and path to a route, or to the problem that answers instead.

mod artifact;
#[cfg(test)]
mod tests;

pub use artifact::ArtifactName;

use uuid::Uuid;

use crate::problem::{Code, Problem};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `POST /api/templates`.
    CreateTemplate,
    /// `GET /api/templates/{id}`.
    Status {
        /// The request.
        id: Uuid,
    },
    /// `GET /api/templates/{id}/artifacts`.
    Manifest {
        /// The request.
        id: Uuid,
    },
    /// `GET /api/templates/{id}/artifacts/{name}`.
    Artifact {
        /// The request.
        id: Uuid,
        /// Which of its artifacts.
        name: ArtifactName,
    },
    /// `GET`, `PUT` and `POST /api/inngest`.
    Inngest,
    /// `GET /health`: touches nothing.
    Health,
    /// `GET /ready`: the dependencies' state.
    Ready,
    /// `GET /errors/{code}`.
    ErrorPage {
        /// Which page.
        code: Code,
    },
}

/// A route and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// What is asked for.
    pub route: Route,
    /// `HEAD`: the same answer without its body.
    pub head: bool,
}

impl Route {
    /// The route's pattern, as logs and metrics label it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::CreateTemplate => "/api/templates",
            Self::Status { .. } => "/api/templates/{id}",
            Self::Manifest { .. } => "/api/templates/{id}/artifacts",
            Self::Artifact { .. } => "/api/templates/{id}/artifacts/{name}",
            Self::Inngest => "/api/inngest",
            Self::Health => "/health",
            Self::Ready => "/ready",
            Self::ErrorPage { .. } => "/errors/{code}",
        }
    }

    /// Whether the route needs an API key.
    #[must_use]
    pub const fn needs_key(&self) -> bool {
        !matches!(
            self,
            Self::Inngest | Self::Health | Self::Ready | Self::ErrorPage { .. }
        )
    }

    /// The methods that it takes, for `Allow`.
    #[must_use]
    pub const fn allow(&self) -> &'static str {
        match self {
            Self::CreateTemplate => "POST",
            Self::Inngest => "GET, HEAD, PUT, POST",
            _ => "GET, HEAD",
        }
    }

    fn takes(&self, method: &str) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method)
    }
}

/// Finds the route of a request. `path` is the URL's path without its query; methods are
/// case-sensitive, as HTTP has them.
///
/// # Errors
/// [`Code::NotFound`] for an unknown path or a malformed id, [`Code::MethodNotAllowed`] with
/// `Allow` for a path that does not take the method.
pub fn resolve(method: &str, path: &str) -> Result<Matched, Problem> {
    let Some(route) = find(path) else {
        return Err(Problem::new(Code::NotFound));
    };
    if !route.takes(method) {
        let mut problem = Problem::new(Code::MethodNotAllowed);
        problem.allow = Some(route.allow());
        return Err(problem);
    }
    Ok(Matched {
        route,
        head: method == "HEAD",
    })
}

fn find(path: &str) -> Option<Route> {
    let path = path.strip_prefix('/')?;
    match path {
        "health" => return Some(Route::Health),
        "ready" => return Some(Route::Ready),
        "api/inngest" => return Some(Route::Inngest),
        "api/templates" => return Some(Route::CreateTemplate),
        _ => {}
    }
    if let Some(code) = path.strip_prefix("errors/") {
        return Code::parse(code).map(|code| Route::ErrorPage { code });
    }
    let rest = path.strip_prefix("api/templates/")?;
    let (id, rest) = match rest.split_once('/') {
        Some((id, rest)) => (id, Some(rest)),
        None => (rest, None),
    };
    let id = parse_id(id)?;
    match rest {
        None => Some(Route::Status { id }),
        Some("artifacts") => Some(Route::Manifest { id }),
        Some(rest) => {
            let name = ArtifactName::parse(rest.strip_prefix("artifacts/")?)?;
            Some(Route::Artifact { id, name })
        }
    }
}

/// An id in its hyphenated form alone, so that every resource has one address.
fn parse_id(text: &str) -> Option<Uuid> {
    let hyphenated = text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase());
    hyphenated.then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Checks that a body is sent as plain JSON.
///
/// # Errors
/// [`Code::UnsupportedMediaType`] for another or no media type, another charset than UTF-8, or a
/// compressed body.
pub fn require_json(
    content_type: Option<&str>,
    content_encoding: Option<&str>,
) -> Result<(), Problem> {
    let refuse = |detail: &str| Err(Problem::new(Code::UnsupportedMediaType).detail(detail));
    let encoding = content_encoding.map_or("identity", str::trim);
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
        return refuse("the body must not be compressed");
    }
    let Some(content_type) = content_type else {
        return refuse("the Content-Type header is missing");
    };
    let mut parts = content_type.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
    {
        return refuse("the Content-Type header is not application/json");
    }
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    });
    match charset {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") => refuse("JSON is UTF-8"),
        _ => Ok(()),
    }
}
