//! Functions that have something to show: one of everything, and one that means no good.

use std::time::Duration;

use itemsmith_steps::{Event, Failure, Step, WaitFor};
use serde_json::{Value, json};

use super::app::Log;

/// A step that is tried twice, steps in parallel, a sleep, a wait and an invocation.
pub async fn order(step: &Step, log: &Log) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    let id = data["id"].as_str().unwrap_or_default().to_owned();
    let order: Value = step
        .run("load order", async || {
            if log.count(&format!("load {id}")) == 1 {
                return Err(Failure::new(
                    "Unavailable",
                    "the order book is being copied",
                ));
            }
            Ok(json!({ "id": id, "lines": 3, "total": 41.5 }))
        })
        .await?;
    let work = async |name: &'static str, millis: u64| {
        step.run(name, async || {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(json!({ "done": name }))
        })
        .await
    };
    let pause = step.sleep("let it settle", Duration::from_millis(400));
    let (stock, card, paused) =
        futures_util::future::join3(work("reserve stock", 90), work("charge card", 220), pause)
            .await;
    stock?;
    card?;
    paused?;
    let wait = WaitFor {
        event: "shop/order.approved".to_owned(),
        timeout: Duration::from_secs(60),
        if_expr: Some("event.data.id == async.data.id".to_owned()),
    };
    let approval: Option<Event> = step.wait_for_event("approval", wait).await?;
    let by = approval.map_or(Value::Null, |event| event.data["by"].clone());
    let label: Value = step
        .invoke("print label", "test-child", &json!({ "n": 7 }), None)
        .await?;
    let receipt: Value = step
        .run("send receipt", async || {
            Ok(json!({ "to": by, "label": label }))
        })
        .await?;
    Ok(json!({ "order": order, "receipt": receipt }))
}

/// Names and values that would harm a page that takes them for markup, or for its own words.
pub async fn hostile(step: &Step) -> Result<Value, Failure> {
    let markup = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=2</script>";
    step.run(markup, async || Ok(json!({ markup: markup })))
        .await?;
    step.run("\u{202e}txt.evil\u{202c} سلام", async || {
        Ok("\u{202e}\u{2066}backwards\u{0}".to_owned())
    })
    .await?;
    step.run("a megabyte", async || Ok("<b>x</b>".repeat(131_072)))
        .await?;
    step.run("javascript:alert(1)/../?#&%", async || {
        Ok("javascript:alert(1)".to_owned())
    })
    .await?;
    Err(Failure::fatal(markup, markup))
}
