use super::{Code, Problem, ProblemDocument};

#[test]
fn every_code_has_a_page_and_is_found_by_its_name() {
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(*code));
        assert!((400..600).contains(&code.status()), "{code:?}");
        let page = code.page();
        for text in [code.as_str(), code.title()] {
            assert!(page.contains(text), "{code:?}");
        }
        assert!(!code.cause().is_empty() && !code.fix().is_empty());
        assert!(!page.contains("<key>"), "{code:?}: markup in the text");
    }
    assert_eq!(Code::parse("teapot"), None);
}

#[test]
fn a_problem_carries_its_place_and_its_headers() {
    let problem = Problem::new(Code::InvalidItem)
        .detail("no \"type\"")
        .pointer("/a~1b/0");
    let text = problem.body();
    let read: ProblemDocument = serde_json::from_str(&text).expect("a problem is JSON");
    assert_eq!(read, problem.document());
    assert_eq!(read.r#type, "/errors/invalid_item");
    assert_eq!(read.pointer.as_deref(), Some("/a~1b/0"));
    assert!(!text.contains("retryAfter"));
    assert!(
        problem
            .headers()
            .contains(&("content-type", "application/problem+json".to_owned()))
    );
}

#[test]
fn retries_methods_and_challenges_become_headers() {
    let busy = Problem::new(Code::Unavailable).retry_after(5);
    assert!(busy.headers().contains(&("retry-after", "5".to_owned())));
    assert!(busy.body().contains("\"retryAfter\":5"));
    let challenge = Problem::new(Code::Unauthorized).headers();
    assert!(
        challenge
            .iter()
            .any(|(name, _)| *name == "www-authenticate")
    );
    let plain = Problem::new(Code::NotFound).headers();
    assert!(
        !plain
            .iter()
            .any(|(name, _)| ["www-authenticate", "allow", "retry-after"].contains(name))
    );
}
