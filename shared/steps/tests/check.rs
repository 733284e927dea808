//! What is wrong with an app is told before anything of it is served.

use std::time::Duration;

use itemsmith_steps::testing::Engine;
use itemsmith_steps::{
    Answer, App, AppError, Batch, Call, CancelOn, Concurrency, Config, Debounce, Event, Failure,
    FunctionConfig, Headers, HttpRequest, Method, Problem, Rate, Scope, Settings, Trigger, check,
    serve,
};

const SECOND: Duration = Duration::from_secs(1);

struct Functions(&'static str, Vec<FunctionConfig>);

impl App for Functions {
    fn id(&self) -> &str {
        self.0
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        self.1.clone()
    }

    async fn call(&self, _: &str, _: Call) -> Answer {
        Answer::Failed(Failure::fatal("Unused", "not called"))
    }
}

fn on(event: &str) -> Trigger {
    let (name, expression) = (event.to_owned(), None);
    Trigger::Event { name, expression }
}

fn function(id: &str) -> FunctionConfig {
    FunctionConfig::new(id, "F", vec![on("e")])
}

fn problems(config: FunctionConfig) -> Vec<Problem> {
    let errors = check(&Functions("app", vec![config])).map_or_else(|errors| errors.0, |()| vec![]);
    errors.into_iter().map(|error| error.problem).collect()
}

#[test]
fn a_sound_app_passes() {
    let plain = function("template.generate_1-a");
    let handler = plain.failure_handler("app");
    let full = FunctionConfig {
        triggers: vec![
            on("e"),
            on("f"),
            Trigger::Cron("TZ=UTC 0 12 * * 1-5".into()),
        ],
        retries: Some(20),
        concurrency: vec![Concurrency {
            limit: 0,
            key: Some("event.data.user".into()),
            scope: Scope::Account,
        }],
        batch: Some(Batch {
            max_size: 100,
            timeout: SECOND * 60,
            key: None,
            if_expr: None,
        }),
        ..function("full")
    };
    assert_eq!(check(&Functions("app", vec![plain, handler, full])), Ok(()));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let app = Functions(
        "my app",
        vec![function("a"), function("it's"), function("a")],
    );
    let errors = check(&app).unwrap_err();
    let error = |function: Option<&str>, problem| AppError {
        function: function.map(str::to_owned),
        problem,
    };
    assert_eq!(
        errors.0,
        [
            error(None, Problem::BadId),
            error(Some("it's"), Problem::BadId),
            error(Some("a"), Problem::DuplicateId),
        ]
    );
    let text = errors.to_string();
    assert!(
        text.starts_with("the app: the id is to be of ASCII letters"),
        "{text}"
    );
    assert!(
        text.ends_with("; function `a`: another function has the same id"),
        "{text}"
    );
}

#[test]
fn limits_are_those_of_the_server() {
    let count = |what, count, least, most| Problem::Count {
        what,
        count,
        least,
        most,
    };
    let many = |n: usize| (0..n).map(|n| on(&format!("e{n}"))).collect();
    let triggers = |triggers| FunctionConfig {
        triggers,
        ..function("f")
    };
    let cases = [
        (triggers(Vec::new()), count("triggers", 0, 1, 10)),
        (triggers(many(11)), count("triggers", 11, 1, 10)),
        (triggers(vec![on("e"), on("e")]), Problem::DuplicateTrigger),
        (
            triggers(vec![on(" ")]),
            Problem::Empty {
                what: "a trigger's event",
            },
        ),
        (
            triggers(vec![Trigger::Cron("61 * * * *".into())]),
            Problem::BadCron {
                line: "61 * * * *".into(),
                reason: "`61` is no minute".into(),
            },
        ),
        (
            FunctionConfig {
                retries: Some(21),
                ..function("f")
            },
            count("retries", 21, 0, 20),
        ),
        (
            FunctionConfig {
                name: String::new(),
                ..function("f")
            },
            Problem::Empty { what: "the name" },
        ),
        (
            FunctionConfig {
                concurrency: vec![Concurrency {
                    limit: 1,
                    key: None,
                    scope: Scope::Environment,
                }],
                ..function("f")
            },
            Problem::ScopeWithoutKey,
        ),
        (
            FunctionConfig {
                cancel_on: (0..6)
                    .map(|n| CancelOn {
                        event: format!("stop-{n}"),
                        if_expr: None,
                        timeout: None,
                    })
                    .collect(),
                ..function("f")
            },
            count("cancelling events", 6, 0, 5),
        ),
        (
            FunctionConfig {
                rate_limit: Some(Rate {
                    limit: 1,
                    period: SECOND * 86_401,
                    key: None,
                    burst: None,
                }),
                ..function("f")
            },
            Problem::Time {
                what: "rate limit",
                time: SECOND * 86_401,
                least: SECOND,
                most: SECOND * 86_400,
            },
        ),
    ];
    for (config, problem) in cases {
        assert_eq!(problems(config), [problem]);
    }
}

#[test]
fn batches_exclude_what_looks_at_one_event() {
    let config = FunctionConfig {
        batch: Some(Batch {
            max_size: 1,
            timeout: SECOND,
            key: None,
            if_expr: None,
        }),
        debounce: Some(Debounce {
            period: SECOND,
            timeout: None,
            key: None,
        }),
        priority: Some("120".into()),
        ..function("f")
    };
    let conflict = |other| Problem::Conflict {
        one: "batch",
        other,
    };
    assert_eq!(
        problems(config),
        [
            Problem::Count {
                what: "batch",
                count: 1,
                least: 2,
                most: 100
            },
            conflict("debounce"),
            conflict("priority"),
        ]
    );
}

#[test]
fn an_unsound_app_is_not_registered() {
    let app = Functions("app", vec![function("a"), function("a")]);
    let dev = Some("1".to_owned());
    let config = Config::new(Settings {
        dev,
        ..Settings::default()
    })
    .unwrap();
    let request = HttpRequest {
        method: Method::Put,
        url: "http://app.test/api/inngest".into(),
        headers: Headers::new(),
        body: Vec::new(),
    };
    // A server that is not to be reached is not asked.
    let server = Engine::new("app-a", Event::default()).server();
    let response = pollster::block_on(serve(&app, &server, &config, request));
    let body = String::from_utf8(response.body).unwrap();
    assert_eq!(response.status, 500);
    assert!(body.contains("another function has the same id"), "{body}");
}
