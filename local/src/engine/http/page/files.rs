//! The page's own files, part of the program: nothing is built and nothing comes from elsewhere.

use http::{HeaderValue, Response, header};
use http_body_util::Full;
use hyper::body::Bytes;

/// A file of the page, if it has one of this name; the empty name is the page itself.
pub(super) fn file(name: &str) -> Option<Response<Full<Bytes>>> {
    const HTML: &str = "text/html; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    let (kind, text) = match name {
        "" => (HTML, include_str!("files/index.html")),
        "style.css" => (CSS, include_str!("files/style.css")),
        "icon.svg" => ("image/svg+xml", include_str!("files/icon.svg")),
        "actions.js" => (JS, include_str!("files/actions.js")),
        "api.js" => (JS, include_str!("files/api.js")),
        "dom.js" => (JS, include_str!("files/dom.js")),
        "events.js" => (JS, include_str!("files/events.js")),
        "format.js" => (JS, include_str!("files/format.js")),
        "functions.js" => (JS, include_str!("files/functions.js")),
        "json.js" => (JS, include_str!("files/json.js")),
        "main.js" => (JS, include_str!("files/main.js")),
        "run.js" => (JS, include_str!("files/run.js")),
        "runs.js" => (JS, include_str!("files/runs.js")),
        "timeline.js" => (JS, include_str!("files/timeline.js")),
        _ => return None,
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Some(response)
}
