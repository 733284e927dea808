//! The page's routes: what they tell, what they do, and whom they refuse.

use itemsmith_local::engine::SigningKey;
use reqwest::{Client, Method, Response, header};
use serde_json::{Value, json};

use super::support::{KEY, Pair, TestEngine, eventually};

/// One request to the page with these headers.
async fn ask(
    pair: &Pair,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let url = format!("{}{path}", pair.engine.origin);
    let mut request = Client::new().request(method, url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn status(pair: &Pair, method: Method, path: &str, headers: &[(&str, &str)]) -> u16 {
    ask(pair, method, path, headers, "{}")
        .await
        .status()
        .as_u16()
}

async fn view(pair: &Pair, path: &str) -> Value {
    let (status, body) = pair.engine.get(&format!("/page/api/{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn ids(list: &Value, field: &str) -> Vec<String> {
    let list = list[field].as_array().unwrap().iter();
    list.map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn runs_are_listed_newest_first_filtered_and_paged_without_a_gap() {
    let pair = Pair::start().await;
    let mut events = vec![json!({"name": "t/flaky", "data": {"key": "f", "fatal": true}})];
    events.extend((0..60).map(|n| json!({"name": "t/picky", "data": {"size": n + 3}})));
    pair.engine.send(Value::Array(events)).await;
    let all = eventually("all runs end", async || {
        let all = view(&pair, "runs?function=test-picky&status=Completed").await;
        let next = all["next"].as_str()?.to_owned();
        let rest = view(
            &pair,
            &format!("runs?function=test-picky&status=Completed&before={next}"),
        )
        .await;
        let all = [ids(&all, "runs"), ids(&rest, "runs")];
        (all[1].len() == 10).then_some(all)
    })
    .await;
    assert_eq!(all[0].len(), 50);
    let all = all.concat();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.reverse();
    assert_eq!(all, sorted);
    let failed = view(&pair, "runs?status=Failed").await;
    assert_eq!(failed["runs"][0]["function"], "test-flaky");
    assert_eq!(failed["runs"][0]["event_name"], "t/flaky");
    for text in ["FLAKY", "t/fla", failed["runs"][0]["id"].as_str().unwrap()] {
        let found = view(&pair, &format!("runs?status=Failed&text={text}")).await;
        assert_eq!(ids(&found, "runs"), ids(&failed, "runs"), "{text}");
    }
    let nothing = view(&pair, "runs?text=%25&before=%00").await;
    assert_eq!(nothing["runs"], json!([]), "a percent sign is no pattern");
}

#[tokio::test]
async fn a_run_tells_its_steps_attempts_values_and_child() {
    let pair = Pair::start().await;
    let id = pair
        .engine
        .send(json!({"name": "shop/order.placed", "data": {"id": "o1"}}))
        .await;
    let run = eventually("the run waits for its approval", async || {
        let runs = pair.engine.runs(&id[0]).await;
        let run = runs.first()?["run_id"].as_str()?.to_owned();
        let seen = view(&pair, &format!("runs/{run}")).await;
        let steps = seen["steps"].as_array()?.clone();
        steps
            .iter()
            .any(|step| step["name"] == "approval" && step["status"] == "Waiting")
            .then_some(run)
    })
    .await;
    pair.engine
        .send(json!({"name": "shop/order.approved", "data": {"id": "o1", "by": "Ada"}}))
        .await;
    pair.engine.ended(&id[0]).await;
    let seen = view(&pair, &format!("runs/{run}")).await;
    assert_eq!(seen["run"]["status"], "Completed");
    assert_eq!(seen["events"][0]["name"], "shop/order.placed");
    assert!(seen["output"]["text"].as_str().unwrap().contains("41.5"));
    let steps = seen["steps"].as_array().unwrap();
    let step = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap();
    let load = step("load order");
    assert_eq!(
        (&load["failures"], &load["failed"]),
        (&json!(1), &json!(false))
    );
    let attempt = &load["attempts"][0];
    assert!(attempt["started_at"].as_i64() <= attempt["ended_at"].as_i64());
    assert!(attempt["ended_at"].as_i64() <= load["started_at"].as_i64());
    let at = |name: &str| {
        step(name)["ended_at"].as_i64().unwrap() - step(name)["started_at"].as_i64().unwrap()
    };
    assert!(
        at("charge card") >= 220,
        "a step's time is that of its own call"
    );
    let child = step("print label")["child"].as_str().unwrap();
    let child = view(&pair, &format!("runs/{child}")).await;
    assert_eq!(child["run"]["parent_run"], run.as_str());
    let path = format!("runs/{run}/step?id={}", load["id"].as_str().unwrap());
    let detail = view(&pair, &path).await;
    assert_eq!(
        detail["attempts"][0]["error"]["message"],
        "the order book is being copied"
    );
    assert!(
        detail["output"]["text"]
            .as_str()
            .unwrap()
            .starts_with("{\"data\":{")
    );
}

#[tokio::test]
async fn attempts_survive_a_crash_of_the_engine() {
    let pair = Pair::start().await;
    let id = pair
        .engine
        .send(json!({"name": "t/flaky", "data": {"key": "c", "times": 1, "after": 3600}}))
        .await;
    let failing = async |engine: &TestEngine| {
        let runs = engine.runs(&id[0]).await;
        let run = runs.first()?["run_id"].as_str()?.to_owned();
        let (_, seen) = engine.get(&format!("/page/api/runs/{run}")).await;
        Some(seen["steps"].get(0)?["attempts"].clone())
    };
    let before = eventually("it fails once", async || failing(&pair.engine).await).await;
    assert_eq!(before.as_array().unwrap().len(), 1);
    let engine = pair.engine.crash_and_restart().await;
    assert_eq!(failing(&engine).await.unwrap(), before);
}

#[tokio::test]
async fn large_values_are_cut_and_whole_elsewhere_as_plain_text() {
    let pair = Pair::start().await;
    let id = pair
        .engine
        .send(json!({"name": "t/<img src=x onerror=\"window.pwned=3\">"}))
        .await;
    let run = pair.engine.ended(&id[0]).await["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let seen = view(&pair, &format!("runs/{run}")).await;
    let steps = seen["steps"].as_array().unwrap();
    let large = steps
        .iter()
        .find(|step| step["name"] == "a megabyte")
        .unwrap();
    let large = large["id"].as_str().unwrap();
    let detail = view(&pair, &format!("runs/{run}/step?id={large}")).await;
    let output = &detail["output"];
    assert_eq!(
        (&output["cut"], &output["bytes"]),
        (&json!(true), &json!(1_048_587))
    );
    assert_eq!(output["text"].as_str().unwrap().len(), 20_000);
    let whole = format!("/page/api/runs/{run}/value?id={large}&part=output");
    let whole = ask(&pair, Method::GET, &whole, &[], "").await;
    assert_eq!(
        whole.headers()[header::CONTENT_TYPE],
        "text/plain; charset=utf-8"
    );
    assert_eq!(whole.headers()["x-content-type-options"], "nosniff");
    assert_eq!(whole.text().await.unwrap().len(), 1_048_587);
    let output = format!("/page/api/runs/{run}/output");
    assert!(
        ask(&pair, Method::GET, &output, &[], "")
            .await
            .text()
            .await
            .unwrap()
            .contains("<img")
    );
    for path in [
        "runs/nonsense",
        "events/nonsense",
        "nothing",
        &format!("runs/{run}/step?id=x"),
        &format!("runs/{run}/value?id={large}&part=memo"),
        "runs/%00",
    ] {
        assert_eq!(
            status(&pair, Method::GET, &format!("/page/api/{path}"), &[]).await,
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_did_not_change_is_not_read_again() {
    let pair = Pair::start().await;
    pair.engine.run("t/three", json!({})).await;
    let path = "/page/api/runs?function=test-three";
    let first = ask(&pair, Method::GET, path, &[], "").await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    // The clock-driven function of the app changes something every second: between two of its ticks
    // nothing does.
    eventually("nothing changes for a moment", async || {
        let tag = ask(&pair, Method::GET, path, &[], "").await.headers()[header::ETAG]
            .to_str()
            .unwrap()
            .to_owned();
        let again = ask(&pair, Method::GET, path, &[("if-none-match", &tag)], "").await;
        (again.status() == 304).then_some(())
    })
    .await;
    pair.engine.run("t/three", json!({})).await;
    let changed = ask(&pair, Method::GET, path, &[("if-none-match", &tag)], "").await;
    assert_eq!(changed.status(), 200);
}

#[tokio::test]
async fn a_rerun_is_a_new_run_of_the_same_event_that_leads_back() {
    let pair = Pair::start().await;
    let first = pair.engine.run("t/once", json!({"order": 7})).await;
    let first = first["run_id"].as_str().unwrap();
    let json_kind = [("content-type", "application/json")];
    let again = ask(
        &pair,
        Method::POST,
        &format!("/page/api/runs/{first}/rerun"),
        &json_kind,
        "{}",
    )
    .await;
    assert_eq!(again.status(), 201);
    let again: Value = again.json().await.unwrap();
    let again = again["run"].as_str().unwrap();
    assert_ne!(again, first);
    let seen = eventually("it ends", async || {
        let seen = view(&pair, &format!("runs/{again}")).await;
        (seen["run"]["status"] == "Completed").then_some(seen)
    })
    .await;
    assert_eq!(seen["run"]["rerun_of"], first);
    let original = view(&pair, &format!("runs/{first}")).await;
    assert_eq!(original["reruns"], json!([again]));
    assert_eq!(original["events"][0]["id"], seen["events"][0]["id"]);
    assert_eq!(
        pair.app.log.of("once"),
        2,
        "the idempotency key holds back events, not people"
    );
    let gone = format!("/page/api/runs/{}/rerun", ulid::Ulid::nil());
    assert_eq!(status(&pair, Method::POST, &gone, &json_kind).await, 404);
}

#[tokio::test]
async fn functions_are_listed_with_their_next_tick_and_can_be_invoked() {
    let pair = Pair::start().await;
    let seen = view(&pair, "functions").await;
    let app = &seen["apps"][0];
    assert_eq!(app["id"], "test");
    let find = |slug: &str| {
        let list = app["functions"].as_array().unwrap();
        list.iter().find(|one| one["slug"] == slug).unwrap().clone()
    };
    let tick = find("test-tick")["next"][0]["at"].as_i64().unwrap() - seen["now"].as_i64().unwrap();
    assert!((0..=1000).contains(&tick), "{tick}");
    assert_eq!(
        find("test-picky")["triggers"][0]["expression"],
        "event.data.size > 2"
    );
    let invoke = async |body: Value| {
        let (status, body) = pair.engine.post("/page/api/invoke", &body).await;
        (status, body)
    };
    let (status, body) = invoke(json!({"function": "test-child", "data": {"n": 5}})).await;
    assert_eq!(status, 201, "{body}");
    let run = body["run"].as_str().unwrap();
    eventually("it ends", async || {
        let seen = view(&pair, &format!("runs/{run}")).await;
        seen["output"]["text"]
            .as_str()?
            .contains("\"seen\":5")
            .then_some(())
    })
    .await;
    assert_eq!(invoke(json!({"function": "test-gone"})).await.0, 409);
    assert_eq!(
        invoke(json!({"function": "test-child", "data": [1]}))
            .await
            .0,
        400
    );
    assert_eq!(invoke(json!({"data": {}})).await.0, 400);
}

#[tokio::test]
async fn events_are_sent_and_listed_with_the_runs_they_started() {
    let pair = Pair::start().await;
    let (status, body) = pair
        .engine
        .post(
            "/page/api/events",
            &json!({"name": "t/three", "data": {"name": "ev"}}),
        )
        .await;
    assert_eq!(status, 200, "{body}");
    let id = body["ids"][0].as_str().unwrap();
    pair.engine.ended(id).await;
    let list = view(&pair, "events?text=T/THREE").await;
    assert_eq!(list["events"][0]["id"], id);
    assert_eq!(list["events"][0]["runs"][0]["function"], "test-three");
    let one = view(&pair, &format!("events/{id}")).await;
    assert!(
        one["event"]["body"]["text"]
            .as_str()
            .unwrap()
            .contains("\"name\":\"ev\"")
    );
    let body = ask(
        &pair,
        Method::GET,
        &format!("/page/api/events/{id}/body"),
        &[],
        "",
    )
    .await;
    assert!(body.text().await.unwrap().contains("t/three"));
    let (status, _) = pair
        .engine
        .post("/page/api/events", &json!({"name": "inngest/x"}))
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn other_origins_and_other_names_are_refused() {
    let pair = Pair::start().await;
    let json_kind = ("content-type", "application/json");
    let host = pair.engine.origin.trim_start_matches("http://").to_owned();
    let own = format!("http://{host}");
    let localhost = format!("localhost:{}", host.rsplit_once(':').unwrap().1);
    let change = "/page/api/invoke";
    for (headers, expected) in [
        (vec![("origin", own.as_str()), json_kind], 400),
        (
            vec![
                ("origin", &own),
                ("sec-fetch-site", "same-origin"),
                json_kind,
            ],
            400,
        ),
        (vec![("origin", "http://evil.example"), json_kind], 403),
        (vec![("origin", "null"), json_kind], 403),
        (vec![("origin", "http://127.0.0.1:1"), json_kind], 403),
        (vec![("sec-fetch-site", "cross-site"), json_kind], 403),
        (vec![("sec-fetch-site", "same-site"), json_kind], 403),
        (vec![("content-type", "text/plain")], 415),
    ] {
        assert_eq!(
            status(&pair, Method::POST, change, &headers).await,
            expected,
            "{headers:?}"
        );
    }
    for (name, expected) in [
        (host.as_str(), 200),
        (&localhost, 200),
        ("evil.example:8288", 421),
    ] {
        for path in ["/", "/page/main.js", "/page/api/runs", "/v1/runs/x/jobs"] {
            let expected = if path.starts_with("/v1") && expected == 200 {
                404
            } else {
                expected
            };
            assert_eq!(
                status(&pair, Method::GET, path, &[("host", name)]).await,
                expected,
                "{name} {path}"
            );
        }
    }
    // The routes of SDKs are guarded too: without keys, any web page could use them.
    let foreign = [
        ("origin", "http://evil.example"),
        ("content-type", "text/plain"),
    ];
    assert_eq!(status(&pair, Method::POST, "/e/x", &foreign).await, 403);
    assert_eq!(
        status(&pair, Method::DELETE, "/v1/runs/x", &foreign).await,
        403
    );
    let local = [("origin", "http://localhost:3000"), json_kind];
    assert_eq!(status(&pair, Method::POST, "/e/x", &local).await, 400);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let pair = Pair::start().await;
    let page = ask(&pair, Method::GET, "/", &[], "").await;
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
    let page = page.text().await.unwrap();
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains(" style="));
    for file in ["main.js", "style.css", "icon.svg"] {
        assert_eq!(
            status(&pair, Method::GET, &format!("/page/{file}"), &[]).await,
            200
        );
    }
    assert_eq!(
        status(&pair, Method::GET, "/page/../Cargo.toml", &[]).await,
        404
    );
    assert_eq!(status(&pair, Method::GET, "/page/files", &[]).await, 404);
}

#[tokio::test]
async fn with_a_signing_key_the_page_asks_for_it() {
    let pair = Pair::signed().await;
    let basic = |password: &str| {
        Client::new()
            .get(&pair.engine.origin)
            .basic_auth("me", Some(password))
    };
    for path in ["", "page/main.js", "page/api/runs"] {
        let refused = reqwest::get(format!("{}/{path}", pair.engine.origin))
            .await
            .unwrap();
        assert_eq!(refused.status(), 401, "{path}");
        assert!(
            refused.headers()[header::WWW_AUTHENTICATE]
                .to_str()
                .unwrap()
                .starts_with("Basic ")
        );
    }
    assert_eq!(basic(KEY).send().await.unwrap().status(), 200);
    assert_eq!(basic("signkey-test-00").send().await.unwrap().status(), 401);
    assert_eq!(basic("").send().await.unwrap().status(), 401);
    let bearer = SigningKey::new(KEY).bearer();
    let url = format!("{}/page/api/functions", pair.engine.origin);
    let seen = Client::new()
        .get(url)
        .bearer_auth(bearer)
        .send()
        .await
        .unwrap();
    assert_eq!(seen.status(), 200);
    let seen = seen.text().await.unwrap();
    assert!(
        seen.contains("test-three") && !seen.contains("0123456789abcdef"),
        "no key is shown"
    );
}
