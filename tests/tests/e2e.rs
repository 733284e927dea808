//! The main job against the real stack: workerd, Postgres, the checker and the engine.

use std::collections::BTreeSet;

use itemsmith_domain::{FailureReason, IterationStatus, RequestStatus};
use itemsmith_local::client::Options;
use itemsmith_tests::{
    Site, database, run, shared,
    site::{SAMPLES, sample},
};

const TYPES: Option<IterationStatus> = Some(IterationStatus::TypecheckFailed);
const VALIDATION: Option<IterationStatus> = Some(IterationStatus::ValidationFailed);
const SUCCESS: Option<IterationStatus> = Some(IterationStatus::Success);

#[test]
fn every_sample_succeeds_after_repair() {
    run(async {
        let site = shared().await;
        let database = database::connect(&site.stack.database_url).await;
        for name in SAMPLES {
            let id = site.submit(name, "rehearsal").await;
            let status = site.ended(&id).await;
            assert_eq!(
                status.status,
                RequestStatus::Succeeded,
                "{name}\n{}",
                site.logs()
            );
            let verdicts: Vec<_> = status.iterations.iter().map(|i| i.status).collect();
            assert_eq!(verdicts, [TYPES, VALIDATION, VALIDATION, SUCCESS], "{name}");
            let codes: Vec<_> = status.iterations[1..3]
                .iter()
                .map(|i| i.first_findings[0].ts_code)
                .collect();
            assert_eq!(
                codes,
                [9001, 9002],
                "{name}: a policy rule, then the execution"
            );
            assert!(
                status.iterations[2].first_findings[0].seed.is_some(),
                "an execution finding names its seed"
            );
            database::assert_sound(&database, &id).await;
            assert_eq!(
                database::ledger(&database, &id).await,
                [
                    "template/requested",
                    "template/iteration.completed",
                    "template/iteration.completed",
                    "template/iteration.completed",
                    "template/iteration.completed",
                    "template/completed"
                ]
            );
        }
    });
}

#[test]
fn the_template_and_its_item_can_be_downloaded_and_hash_to_their_digests() {
    run(async {
        let site = shared().await;
        let options = Options {
            seed: Some("0042".to_owned()),
            model: Some("rehearsal-once".to_owned()),
            ..Options::default()
        };
        let id = site.submit_with(SAMPLES[0], &options).await;
        assert_eq!(site.ended(&id).await.status, RequestStatus::Succeeded);
        let folder = tempfile::tempdir().expect("a folder");
        let files = site
            .client
            .download(&id, folder.path())
            .await
            .expect("downloads");
        let names: BTreeSet<String> = files
            .iter()
            .filter_map(|(path, _)| path.strip_prefix(folder.path()).ok())
            .map(|path| path.display().to_string())
            .collect();
        for wanted in ["template.ts", "items/42.json"] {
            assert!(names.contains(wanted), "{wanted} is among {names:?}");
        }
        let template = std::fs::read_to_string(folder.path().join("template.ts")).expect("text");
        assert!(template.contains("export default function generateTemplate"));
    });
}

#[test]
fn the_node_engine_does_the_same_job() {
    run(async {
        let site = Site::start("node", |config| config.checker_engine = "node".to_owned()).await;
        let id = site.submit(SAMPLES[0], "rehearsal").await;
        let status = site.ended(&id).await;
        assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
        let verdicts: Vec<_> = status.iterations.iter().map(|i| i.status).collect();
        assert_eq!(verdicts, [TYPES, VALIDATION, VALIDATION, SUCCESS]);
        site.stack.stop().await;
    });
}

#[test]
fn a_model_that_never_gets_it_right_exhausts_the_attempts() {
    run(async {
        let site = shared().await;
        let options = Options {
            model: Some("rehearsal-never".to_owned()),
            max_attempts: Some(3),
            ..Options::default()
        };
        let id = site.submit_with(SAMPLES[1], &options).await;
        let status = site.ended(&id).await;
        assert_eq!(status.status, RequestStatus::Failed);
        assert_eq!(status.reason, Some(FailureReason::AttemptsExhausted));
        assert_eq!(status.iterations.len(), 3);
        let database = database::connect(&site.stack.database_url).await;
        database::assert_sound(&database, &id).await;
        let refused = site.client.artifacts(&id).await;
        assert!(refused.is_ok_and(|list| list.artifacts.is_empty()));
    });
}

#[test]
fn a_model_that_is_down_for_good_fails_the_request_and_uses_no_attempt() {
    run(async {
        let site = shared().await;
        for model in ["rehearsal-down", "rehearsal-unauthorized"] {
            let id = site.submit(SAMPLES[1], model).await;
            let status = site.ended(&id).await;
            assert_eq!(status.status, RequestStatus::Failed, "{model}");
            assert_eq!(status.reason, Some(FailureReason::ModelRejected), "{model}");
            assert!(
                status.iterations.iter().all(|i| i.status.is_none()),
                "{model}"
            );
            let database = database::connect(&site.stack.database_url).await;
            database::assert_sound(&database, &id).await;
        }
    });
}

#[test]
fn a_model_that_stumbles_is_asked_again_without_losing_an_attempt() {
    run(async {
        let site = shared().await;
        let id = site.submit(SAMPLES[2], "rehearsal-flaky").await;
        let status = site.ended(&id).await;
        assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
        assert_eq!(status.iterations.len(), 4, "429 is not a verdict");
    });
}

#[test]
fn a_reply_without_a_usable_source_is_a_failed_attempt_that_says_so() {
    run(async {
        let site = shared().await;
        for model in ["rehearsal-empty", "rehearsal-refused"] {
            let options = Options {
                model: Some(model.to_owned()),
                max_attempts: Some(2),
                ..Options::default()
            };
            let id = site.submit_with(SAMPLES[2], &options).await;
            let status = site.ended(&id).await;
            let first = &status.iterations[0];
            assert_eq!(first.status, VALIDATION, "{model}");
            assert_eq!(first.first_findings[0].ts_code, 9003, "{model}");
        }
    });
}

#[test]
fn twenty_at_once_all_end() {
    run(async {
        let site = shared().await;
        let mut ids = Vec::new();
        for round in 0..20 {
            let model = ["rehearsal", "rehearsal-once", "rehearsal-twice"][round % 3];
            ids.push(site.submit(SAMPLES[round % 3], model).await);
        }
        let database = database::connect(&site.stack.database_url).await;
        for id in ids {
            assert_eq!(site.ended(&id).await.status, RequestStatus::Succeeded);
            database::assert_sound(&database, &id).await;
        }
    });
}

#[test]
fn two_stacks_on_one_machine_do_not_collide() {
    run(async {
        let (left, right) = tokio::join!(Site::start("left", |_| {}), Site::start("right", |_| {}));
        let a = left.submit(SAMPLES[0], "rehearsal-twice").await;
        let b = right.submit(SAMPLES[0], "rehearsal-twice").await;
        assert_eq!(left.ended(&a).await.status, RequestStatus::Succeeded);
        assert_eq!(right.ended(&b).await.status, RequestStatus::Succeeded);
        assert!(
            left.client.status(&b).await.is_err(),
            "each has its own database"
        );
        left.stack.stop().await;
        right.stack.stop().await;
    });
}

#[test]
fn an_item_with_a_known_widget_that_the_pack_does_not_describe_is_accepted_with_a_warning() {
    run(async {
        let site = shared().await;
        let text = std::fs::read_to_string(sample(SAMPLES[0])).expect("the sample");
        let text = text.replace("dotPlot", "clockDiagram");
        let item = serde_json::value::RawValue::from_string(text).expect("JSON");
        let accepted = site
            .client
            .submit(&item, &Options::default())
            .await
            .expect("accepted");
        assert_eq!(accepted.allowed_widgets, ["clockDiagram"]);
        assert!(
            accepted
                .warnings
                .iter()
                .any(|w| w.message.contains("clockDiagram"))
        );
    });
}

#[test]
fn prompts_and_responses_can_be_downloaded_by_who_asked_for_them() {
    run(async {
        let site = shared().await;
        for asked in [true, false] {
            let options = Options {
                model: Some("rehearsal-twice".to_owned()),
                debug_artifacts: asked,
                ..Options::default()
            };
            let id = site.submit_with(SAMPLES[0], &options).await;
            assert_eq!(site.ended(&id).await.status, RequestStatus::Succeeded);
            let folder = tempfile::tempdir().expect("a folder");
            site.client
                .download(&id, folder.path())
                .await
                .expect("downloads");
            for name in [
                "prompts/1.md",
                "responses/1.md",
                "prompts/2.md",
                "responses/2.md",
            ] {
                assert_eq!(
                    folder.path().join(name).is_file(),
                    asked,
                    "{name}, asked: {asked}"
                );
            }
        }
    });
}
