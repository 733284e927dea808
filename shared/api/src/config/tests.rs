use super::{Config, ConfigProblems, Environment, InngestDev, LogLevel, NotifyFormat};

const MINIMAL: [(&str, &str); 8] = [
    (
        "DATABASE_URL",
        "postgres://user:pa55word@ep-cool-1.eu-central-1.aws.neon.tech/items?sslmode=require",
    ),
    ("CHECKER_URL", "https://checker.internal/"),
    ("CHECKER_KEY", "checker-pa55word"),
    ("OPENAI_API_KEY", "model-pa55word"),
    ("INNGEST_EVENT_KEY", "event-pa55word"),
    ("INNGEST_SIGNING_KEY", "signkey-prod-pa55word"),
    ("UNRELATED", "x"),
    ("LOG_LEVEL", ""),
];

fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigProblems> {
    Config::from_lookup(|name| {
        let all = MINIMAL.iter().chain(changes);
        all.rev()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn variables(changes: &[(&str, &str)]) -> Vec<&'static str> {
    match read(changes) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(|problem| problem.variable).collect(),
    }
}

#[test]
fn the_defaults_are_those_of_production() {
    let config = read(&[]).expect("complete");
    assert_eq!(config.environment, Environment::Production);
    assert_eq!(
        config.sql_http_url,
        "https://api.eu-central-1.aws.neon.tech/sql"
    );
    assert_eq!(config.checker.url, "https://checker.internal");
    assert_eq!(config.model.base_url, "https://api.openai.com/v1");
    assert_eq!(config.model.name, "gpt-5");
    assert_eq!(config.max_attempts, 10);
    assert_eq!(config.inngest.dev, InngestDev::Off);
    assert_eq!(config.log_level, LogLevel::Info);
    assert!(config.notify.is_none());
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let problems = Config::from_lookup(|_| None).expect_err("nothing is set");
    let names: Vec<&str> = problems.0.iter().map(|problem| problem.variable).collect();
    let due = [
        "DATABASE_URL",
        "CHECKER_URL",
        "CHECKER_KEY",
        "OPENAI_API_KEY",
        "INNGEST_EVENT_KEY",
        "INNGEST_SIGNING_KEY",
    ];
    assert_eq!(names, due);
    let text = problems.to_string();
    assert!(due.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn development_needs_no_keys_of_servers() {
    let config = Config::from_lookup(|name| {
        let set = [
            ("ITEMSMITH_ENV", "development"),
            (
                "DATABASE_URL",
                "postgres://postgres@127.0.0.1:5433/itemsmith",
            ),
            ("SQL_HTTP_URL", "http://127.0.0.1:5434/sql"),
            ("CHECKER_URL", "http://127.0.0.1:4100"),
            ("OPENAI_API_KEY", "rehearsal"),
            ("INNGEST_DEV", "http://127.0.0.1:8288/"),
        ];
        set.into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    });
    let config = config.expect("complete");
    assert_eq!(config.sql_http_url, "http://127.0.0.1:5434/sql");
    assert_eq!(
        config.inngest.dev,
        InngestDev::At("http://127.0.0.1:8288".to_owned())
    );
    assert!(config.checker.key.is_none());
}

#[test]
fn each_malformed_variable_is_named() {
    let cases = [
        ("ITEMSMITH_ENV", "staging"),
        ("DATABASE_URL", "mysql://host/db"),
        ("DATABASE_URL", "postgres:///db"),
        ("SQL_HTTP_URL", "neon.tech/sql"),
        ("CHECKER_URL", "ftp://checker"),
        ("CHECKER_URL", "http://"),
        ("OPENAI_BASE_URL", "api.openai.com"),
        ("MAX_RETRIES", "0"),
        ("MAX_RETRIES", "11"),
        ("MAX_RETRIES", "ten"),
        ("INNGEST_DEV", "yes"),
        ("INNGEST_DEV", "1"),
        ("INNGEST_DEV", "http://127.0.0.1:8288"),
        ("INNGEST_BASE_URL", "x"),
        ("INNGEST_SERVE_PATH", "api/inngest"),
        ("NOTIFY_WEBHOOK_URL", "hooks.slack.com"),
        ("NOTIFY_FORMAT", "teams"),
        ("LOG_LEVEL", "loud"),
    ];
    for (name, value) in cases {
        assert_eq!(variables(&[(name, value)]), [name], "{name}={value}");
    }
    let local = [("DATABASE_URL", "postgres://postgres@127.0.0.1/items")];
    assert_eq!(
        variables(&local),
        ["SQL_HTTP_URL"],
        "an address has no parent domain"
    );
    assert_eq!(
        variables(&[("DATABASE_URL", "postgres://postgres@localhost/items")]),
        ["SQL_HTTP_URL"]
    );
}

#[test]
fn neither_a_configuration_nor_its_problems_show_a_secret() {
    let config = read(&[(
        "NOTIFY_WEBHOOK_URL",
        "https://hooks.slack.com/services/pa55word",
    )]);
    let shown = format!("{config:?}");
    assert!(config.is_ok() && !shown.contains("pa55word"), "{shown}");
    let problems = read(&[("MAX_RETRIES", "pa55word"), ("SQL_HTTP_URL", "pa55word")]);
    let problems = problems.expect_err("malformed");
    assert!(!format!("{problems} {problems:?}").contains("pa55word"));
}

#[test]
fn the_format_of_a_notification_follows_its_receiver() {
    let format = |changes: &[(&str, &str)]| {
        read(changes)
            .expect("complete")
            .notify
            .map(|notify| notify.format)
    };
    let slack = ("NOTIFY_WEBHOOK_URL", "https://hooks.slack.com/services/x");
    let other = (
        "NOTIFY_WEBHOOK_URL",
        "https://hooks.slack.com.example.org/x",
    );
    assert_eq!(format(&[slack]), Some(NotifyFormat::Slack));
    assert_eq!(format(&[other]), Some(NotifyFormat::Generic));
    assert_eq!(
        format(&[slack, ("NOTIFY_FORMAT", "generic")]),
        Some(NotifyFormat::Generic)
    );
    assert_eq!(format(&[("NOTIFY_FORMAT", "slack")]), None);
}

#[test]
fn a_webhooks_address_is_used_as_it_is() {
    let address = "https://hooks.example.org/in/?next=/";
    let notify = read(&[("NOTIFY_WEBHOOK_URL", address)])
        .expect("complete")
        .notify;
    assert_eq!(
        notify
            .map(|notify| notify.url.expose().to_owned())
            .as_deref(),
        Some(address)
    );
}
