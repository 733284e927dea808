//! The few things that are asked of addresses.

use crate::config::Config;

/// Query fields that belong to one request, not to the endpoint's address.
const PASSING: [&str; 4] = ["deployId", "fnId", "probe", "stepId"];

/// An address in parts; `query` without its question mark.
struct Parts<'a> {
    origin: &'a str,
    path: &'a str,
    query: &'a str,
}

fn split(url: &str) -> Parts<'_> {
    let url = url.split('#').next().unwrap_or_default();
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let host = address.find("://").map_or(0, |at| at + "://".len());
    let path = address[host..]
        .find('/')
        .map_or(address.len(), |at| host + at);
    Parts {
        origin: &address[..path],
        path: &address[path..],
        query,
    }
}

/// The first query field of that name, decoded.
pub(crate) fn query(url: &str, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(split(url).query.as_bytes());
    fields
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The address under which the server reaches the endpoint: a request's own, without what belongs
/// to that request, under the configured origin and path.
pub(super) fn endpoint(config: &Config, url: &str) -> String {
    let parts = split(url);
    let origin = config.serve_origin.as_deref().unwrap_or(parts.origin);
    let path = config.serve_path.as_deref().unwrap_or(parts.path);
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(parts.query.as_bytes()) {
        if !PASSING.contains(&key.as_ref()) {
            kept.append_pair(&key, &value);
        }
    }
    let query = kept.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{origin}{path}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn query_fields_are_decoded() {
        let url = "https://x.test/api?fnId=a-b%2Fc&stepId=step#x";
        assert_eq!(query(url, "fnId").as_deref(), Some("a-b/c"));
        assert_eq!(query(url, "stepId").as_deref(), Some("step"));
        assert_eq!(query("/api", "fnId"), None);
    }

    #[test]
    fn the_endpoint_keeps_its_own_query_only() {
        let config = Config::new(Settings::default()).unwrap();
        let url = "https://x.test:1/api/inngest?deployId=7&token=a+b";
        assert_eq!(
            endpoint(&config, url),
            "https://x.test:1/api/inngest?token=a+b"
        );
        assert_eq!(endpoint(&config, "https://x.test"), "https://x.test");
    }

    #[test]
    fn configured_origin_and_path_win() {
        let serve_origin = Some("https://public.test/".to_owned());
        let serve_path = Some("/in".to_owned());
        let settings = Settings {
            serve_origin,
            serve_path,
            ..Settings::default()
        };
        let config = Config::new(settings).unwrap();
        assert_eq!(
            endpoint(&config, "http://10.0.0.1:8787/api?x=1"),
            "https://public.test/in?x=1"
        );
    }
}
