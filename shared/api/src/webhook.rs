//! Notifications of finished requests: Slack-compatible or generic bodies.

use itemsmith_domain::event::{self, Completed, Failed};
use serde::Serialize;
use uuid::Uuid;

use crate::config::NotifyFormat;

/// The body for a request that has its template. `origin` is where the service can be reached,
/// such as `https://items.example.org`; without it links stay paths.
#[must_use]
pub fn completed(format: NotifyFormat, event: &Completed, origin: Option<&str>) -> String {
    let template = format!("{}{}", base(origin), event.template_path);
    match format {
        NotifyFormat::Slack => {
            let attempts = attempts(event.iterations);
            slack(&format!(
                "Template ready after {attempts}: {} (request {})",
                link(&template, "template.ts"),
                event.request_id
            ))
        }
        NotifyFormat::Generic => generic(&Generic {
            r#type: event::COMPLETED,
            request_id: event.request_id,
            iterations: event.iterations,
            template_path: Some(&event.template_path),
            reason: None,
            url: &template,
        }),
    }
}

/// The body for a request that ended without a template.
#[must_use]
pub fn failed(format: NotifyFormat, event: &Failed, origin: Option<&str>) -> String {
    let status = format!(
        "{}{}",
        base(origin),
        crate::response::status_path(event.request_id)
    );
    match format {
        NotifyFormat::Slack => {
            let (reason, attempts) = (event.reason.as_str(), attempts(event.iterations));
            slack(&format!(
                "Template failed after {attempts} ({reason}): {}",
                link(&status, &format!("request {}", event.request_id))
            ))
        }
        NotifyFormat::Generic => generic(&Generic {
            r#type: event::FAILED,
            request_id: event.request_id,
            iterations: event.iterations,
            template_path: None,
            reason: Some(event.reason.as_str()),
            url: &status,
        }),
    }
}

fn base(origin: Option<&str>) -> &str {
    origin.unwrap_or_default().trim_end_matches('/')
}

fn attempts(number: u32) -> String {
    if number == 1 {
        "1 attempt".to_owned()
    } else {
        format!("{number} attempts")
    }
}

/// Slack's link when the address is whole, else the bare path.
fn link(address: &str, label: &str) -> String {
    if address.starts_with('/') {
        format!("{label} at {}", escape(address))
    } else {
        format!("<{}|{}>", escape(address), escape(label))
    }
}

/// The three characters that Slack's text reserves.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[derive(Serialize)]
struct Slack<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generic<'a> {
    r#type: &'a str,
    request_id: Uuid,
    iterations: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    url: &'a str,
}

fn slack(text: &str) -> String {
    serde_json::to_string(&Slack { text }).unwrap_or_default()
}

fn generic(body: &Generic<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::{
        FailureReason,
        event::{Completed, Failed},
    };
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{completed, failed};
    use crate::config::NotifyFormat::{Generic, Slack};

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).expect("a notification is JSON")
    }

    fn success() -> Completed {
        let request_id = Uuid::nil();
        let template_path = format!("/api/templates/{request_id}/artifacts/template.ts");
        Completed {
            request_id,
            iterations: 1,
            template_path,
        }
    }

    #[test]
    fn slack_gets_one_text_with_a_link() {
        let body = parsed(&completed(Slack, &success(), Some("https://x.test/a&b/")));
        let text = body["text"].as_str().expect("a text");
        assert!(
            text.contains("<https://x.test/a&amp;b/api/templates/"),
            "{text}"
        );
        assert!(text.contains("after 1 attempt:"), "{text}");
    }

    #[test]
    fn generic_carries_the_event() {
        let event = Failed {
            request_id: Uuid::nil(),
            iterations: 3,
            reason: FailureReason::AttemptsExhausted,
        };
        let path = format!("/api/templates/{}", Uuid::nil());
        assert_eq!(
            parsed(&failed(Generic, &event, None)),
            json!({
                "type": "template/failed",
                "requestId": Uuid::nil(),
                "iterations": 3,
                "reason": "attempts_exhausted",
                "url": path,
            })
        );
        let body = parsed(&completed(Generic, &success(), Some("https://x.test/")));
        assert_eq!(body["templatePath"], success().template_path.as_str());
        assert_eq!(
            body["url"],
            format!("https://x.test{}", success().template_path)
        );
    }
}
