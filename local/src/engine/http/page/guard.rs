//! Who may use the engine from a browser: nobody's web page but the engine's own.
//!
//! A browser sends requests for any page that a person visits. So what changes something must
//! come from the engine's own page, and a name that somebody else's DNS points at this machine
//! (DNS rebinding) is not answered: only addresses and `localhost` are names of our own.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, StatusCode, Uri, header, uri::Authority};

use super::super::{
    super::{config::SigningKey, sign},
    Routes,
    reply::{Refusal, refuse},
};

/// How containers on this machine call their host.
const DOCKER_HOST: &str = "host.docker.internal";

/// Refuses what a foreign web page could have sent, on any route.
///
/// # Errors
/// 403 for a foreign origin, 421 for a name that is not ours.
pub(in super::super) fn of_any_route(
    routes: &Routes,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if routes.signing_key.is_some() {
        // Web pages do not know the key, and no browser adds it by itself.
        return Ok(());
    }
    if routes.loopback
        && let Some(host) = host(headers)
        && !(is_ours(&host) || host.host() == DOCKER_HOST)
    {
        return Err(misdirected());
    }
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    match origin(headers) {
        // No browser, or an app's page on this machine.
        None => Ok(()),
        Some(Some(origin)) if is_ours(&origin) => Ok(()),
        Some(_) => Err(foreign()),
    }
}

/// Refuses what does not come from somebody who may look at the page.
///
/// # Errors
/// 401 without the signing key, 403 for a foreign origin, 421 for a name that is not ours.
pub(super) fn of_the_page(
    routes: &Routes,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let host = host(headers).filter(is_ours).ok_or_else(misdirected)?;
    if let Some(key) = &routes.signing_key
        && !knows(key, headers)
    {
        let message = "this engine has a signing key: it is the password, for any user name";
        return Err(refuse(StatusCode::UNAUTHORIZED, message));
    }
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    let site = headers
        .get("sec-fetch-site")
        .map(header::HeaderValue::as_bytes);
    let own = match origin(headers) {
        None => true,
        Some(origin) => origin.is_some_and(|origin| origin == host),
    };
    if own && matches!(site, None | Some(b"same-origin")) {
        Ok(())
    } else {
        Err(foreign())
    }
}

fn misdirected() -> Refusal {
    let message = "this name is not the engine's; use localhost or an address";
    refuse(StatusCode::MISDIRECTED_REQUEST, message)
}

fn foreign() -> Refusal {
    refuse(
        StatusCode::FORBIDDEN,
        "a web page of another origin may not do this",
    )
}

/// The signing key as the password of a person, or its hash as the bearer of a tool.
fn knows(key: &SigningKey, headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    if sign::authorized(key, value) {
        return true;
    }
    let password = value
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|pair| String::from_utf8(pair).ok())
        .and_then(|pair| Some(pair.split_once(':')?.1.to_owned()));
    password.is_some_and(|password| {
        let bearer = SigningKey::new(password).bearer();
        sign::authorized(key, Some(&format!("Bearer {bearer}")))
    })
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

/// The origin of the page that sent a request: `None` without one, `Some(None)` for one that has
/// no name.
fn origin(headers: &HeaderMap) -> Option<Option<Authority>> {
    let origin = headers.get(header::ORIGIN)?;
    let uri: Option<Uri> = origin.to_str().ok().and_then(|text| text.parse().ok());
    Some(uri.and_then(|uri| uri.authority().cloned()))
}

/// An address or `localhost`: no DNS but ours says where it leads.
fn is_ours(authority: &Authority) -> bool {
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_addresses_and_localhost_are_names_of_ours() {
        for name in [
            "127.0.0.1:8288",
            "[::1]:8288",
            "localhost",
            "LOCALHOST:1",
            "app.localhost:1",
            "192.168.1.9:8288",
        ] {
            assert!(is_ours(&name.parse().unwrap()), "{name}");
        }
        for name in [
            "evil.example:8288",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "notlocalhost",
        ] {
            assert!(!is_ours(&name.parse().unwrap()), "{name}");
        }
    }
}
