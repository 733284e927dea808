//! The rehearsal model over HTTP, asked with the very prompts that the pipeline composes.

mod rehearsal_support;

use rehearsal_support::{Model, SAMPLES, expected, sample_prompt};
use reqwest::StatusCode;

#[tokio::test]
async fn serves_its_replies_in_order_until_the_right_one() {
    let model = Model::start().await;
    for (name, attempts) in [
        ("rehearsal-once", 1),
        ("rehearsal-twice", 2),
        ("rehearsal-thrice", 3),
        ("rehearsal", 4),
    ] {
        for item in SAMPLES {
            let replies = expected(item);
            let mut last = None;
            for attempt in 1..=attempts {
                let answer = model
                    .ask(name, &sample_prompt(item, last.as_ref(), attempt))
                    .await;
                assert_eq!(
                    answer.status,
                    StatusCode::OK,
                    "{name} {item}: {}",
                    answer.message()
                );
                assert_eq!(answer.body["rehearsal"], true);
                let text = answer.text();
                assert!(text.starts_with("This is a rehearsal"), "{text}");
                let found = replies
                    .iter()
                    .find(|reply| text.contains(reply.source.trim_end()));
                let reply = found.expect("a reply of the script").clone();
                assert_eq!(
                    reply.findings.is_empty(),
                    attempt == attempts,
                    "{name} {item}"
                );
                last = Some((text, reply.findings));
            }
            let after = model
                .ask(name, &sample_prompt(item, last.as_ref(), attempts + 1))
                .await;
            assert_eq!(
                after.status,
                StatusCode::BAD_REQUEST,
                "nothing follows the right reply"
            );
        }
    }
}

#[tokio::test]
async fn one_play_never_succeeds() {
    let model = Model::start().await;
    let replies = expected(SAMPLES[0]);
    let mut last = None;
    for attempt in 1..=10 {
        let prompt = sample_prompt(SAMPLES[0], last.as_ref(), attempt);
        let answer = model.ask("rehearsal-never", &prompt).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.message());
        let text = answer.text();
        let reply = replies
            .iter()
            .find(|reply| text.contains(reply.source.trim_end()));
        let findings = reply.expect("a reply of the script").findings.clone();
        assert!(
            !findings.is_empty(),
            "attempt {attempt} must be a faulty one"
        );
        last = Some((text, findings));
    }
}

#[tokio::test]
async fn an_incomplete_prompt_is_refused_by_naming_what_it_lacks() {
    let model = Model::start().await;
    let whole = sample_prompt(SAMPLES[0], None, 1);
    for section in [
        "Seed helper",
        "Worked examples",
        "Identifier policy",
        "Source item",
    ] {
        let cut = whole.without_section(section);
        let answer = model.ask("rehearsal", &cut).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "without {section}");
        assert!(
            answer.message().contains(&format!("## {section}")),
            "{}",
            answer.message()
        );
    }
    let mut silent = whole.clone();
    silent.system.clear();
    let answer = model.ask("rehearsal", &silent).await;
    assert!(
        answer.message().contains("system message"),
        "{}",
        answer.message()
    );
    let mut untyped = whole.clone();
    untyped.user = untyped.user.replace("dotPlot", "plot");
    let answer = model.ask("rehearsal", &untyped).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "the item names its widgets itself"
    );
    let mut undescribed = whole.without_section("Widget types");
    undescribed.user = undescribed.user.replace(
        "## Template skeleton",
        "## Widget types\n\nnone\n\n## Template skeleton",
    );
    let answer = model.ask("rehearsal", &undescribed).await;
    assert!(answer.message().contains("dotPlot"), "{}", answer.message());
}

#[tokio::test]
async fn a_retry_must_hold_the_attempt_and_every_finding() {
    let model = Model::start().await;
    let first = model
        .ask("rehearsal", &sample_prompt(SAMPLES[0], None, 1))
        .await
        .text();
    let findings = expected(SAMPLES[0]).remove(0).findings;
    for left_out in 0..findings.len() {
        let mut some = findings.clone();
        let gone = some.remove(left_out);
        let prompt = sample_prompt(SAMPLES[0], Some(&(first.clone(), some)), 2);
        let answer = model.ask("rehearsal", &prompt).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let name = format!("TS{} at line {}", gone.ts_code, gone.line);
        assert!(
            answer.message().contains(&name),
            "{name}: {}",
            answer.message()
        );
    }
    let changed = first.replace("reading club", "chess club");
    let prompt = sample_prompt(SAMPLES[0], Some(&(changed, findings.clone())), 2);
    assert_eq!(
        model.ask("rehearsal", &prompt).await.code(),
        "unexpected_attempt"
    );
    let whole = sample_prompt(SAMPLES[0], Some(&(first, findings)), 2);
    let answer = model
        .ask("rehearsal", &whole.without_section("Findings"))
        .await;
    assert!(
        answer.message().contains("## Findings"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn only_the_samples_can_be_rehearsed() {
    let model = Model::start().await;
    let mut prompt = sample_prompt(SAMPLES[0], None, 1);
    prompt.user = prompt.user.replace(SAMPLES[0], "somebody-elses-item");
    let answer = model.ask("rehearsal", &prompt).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, "unknown_item")
    );
    assert!(
        answer.message().contains("somebody-elses-item"),
        "{}",
        answer.message()
    );
    assert!(
        answer.message().contains("OPENAI_API_KEY"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn shows_the_trouble_that_its_name_promises() {
    let model = Model::start().await;
    let prompt = sample_prompt(SAMPLES[0], None, 1);
    for _ in 0..2 {
        let answer = model.ask("rehearsal-down", &prompt).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let answer = model.ask("rehearsal-unauthorized", &prompt).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::UNAUTHORIZED, "invalid_api_key")
        );
    }
    let answer = model.ask("rehearsal-flaky", &prompt).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.retry_after.as_deref(), Some("1"));
    assert_eq!(
        model.ask("rehearsal-flaky", &prompt).await.status,
        StatusCode::OK
    );
    let unknown = model.ask("gpt-nothing", &prompt).await;
    assert_eq!(
        (unknown.status, unknown.code()),
        (StatusCode::NOT_FOUND, "model_not_found")
    );
    let keyless = model.ask_with(None, "rehearsal", &prompt).await;
    assert_eq!(keyless.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_useless_reply_comes_once_and_the_play_follows() {
    let model = Model::start().await;
    for (name, rule) in [
        ("rehearsal-empty", "empty-reply"),
        ("rehearsal-truncated", "truncated-reply"),
        ("rehearsal-refused", "refused-reply"),
    ] {
        let first = model.ask(name, &sample_prompt(SAMPLES[0], None, 1)).await;
        assert_eq!(first.status, StatusCode::OK);
        let choice = &first.body["choices"][0];
        match rule {
            "empty-reply" => assert_eq!(choice["message"]["content"], ""),
            "truncated-reply" => assert_eq!(choice["finish_reason"], "length"),
            _ => assert!(choice["message"]["refusal"].is_string()),
        }
        let finding = itemsmith_domain::Finding::unplaced(
            itemsmith_domain::Phase::Reply,
            rule,
            itemsmith_domain::finding::REPLY_CODE,
            "no code",
        );
        let last = (first.text(), vec![finding]);
        let second = model
            .ask(name, &sample_prompt(SAMPLES[0], Some(&last), 2))
            .await;
        assert_eq!(
            second.status,
            StatusCode::OK,
            "{name}: {}",
            second.message()
        );
        assert!(
            second
                .text()
                .contains(expected(SAMPLES[0])[0].source.trim_end())
        );
    }
}
