use itemsmith_domain::Seed;
use uuid::Uuid;

use super::{ArtifactName, Matched, Route, require_json, resolve};
use crate::problem::Code;

const ID: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

fn id() -> Uuid {
    ID.parse().expect("an id")
}

#[test]
fn every_route_is_found_by_its_methods_alone() {
    let status = format!("/api/templates/{ID}");
    let manifest = format!("{status}/artifacts");
    let template = format!("{manifest}/template.ts");
    let artifact = Route::Artifact {
        id: id(),
        name: ArtifactName::Template,
    };
    let cases: [(&str, Route, &[&str]); 8] = [
        ("/api/templates", Route::CreateTemplate, &["POST"]),
        (&status, Route::Status { id: id() }, &["GET", "HEAD"]),
        (&manifest, Route::Manifest { id: id() }, &["GET", "HEAD"]),
        (&template, artifact, &["GET", "HEAD"]),
        (
            "/api/inngest",
            Route::Inngest,
            &["GET", "HEAD", "PUT", "POST"],
        ),
        ("/health", Route::Health, &["GET", "HEAD"]),
        ("/ready", Route::Ready, &["GET", "HEAD"]),
        (
            "/errors/not_found",
            Route::ErrorPage {
                code: Code::NotFound,
            },
            &["GET", "HEAD"],
        ),
    ];
    for (path, route, methods) in cases {
        for method in [
            "GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get", "",
        ] {
            let found = resolve(method, path);
            if methods.contains(&method) {
                let head = method == "HEAD";
                assert_eq!(
                    found,
                    Ok(Matched {
                        route: route.clone(),
                        head
                    }),
                    "{method} {path}"
                );
            } else {
                let problem = found.expect_err(path);
                assert_eq!(problem.code, Code::MethodNotAllowed, "{method} {path}");
                assert_eq!(problem.allow, Some(methods.join(", ").as_str()));
            }
        }
    }
}

#[test]
fn everything_else_is_nothing() {
    let upper = format!("/api/templates/{}", ID.to_uppercase());
    let simple = format!("/api/templates/{}", ID.replace('-', ""));
    let slash = format!("/api/templates/{ID}/");
    let braced = format!("/api/templates/{{{ID}}}");
    let below = format!("/api/templates/{ID}/artifacts/../../x");
    let item = format!("/api/templates/{ID}/artifacts/items/007.json");
    let odd: [&str; 15] = [
        "",
        "/",
        "/api",
        "/api/templates/",
        "/api/templates/1",
        &upper,
        &simple,
        &slash,
        &braced,
        &below,
        &item,
        "/health/",
        "/errors/",
        "/errors/teapot",
        "health",
    ];
    for path in odd {
        let problem = resolve("GET", path).expect_err(path);
        assert_eq!(problem.code, Code::NotFound, "{path}");
    }
}

#[test]
fn an_artifact_has_one_name() {
    let cases = [
        ("template.ts", ArtifactName::Template),
        ("manifest.json", ArtifactName::Manifest),
        ("items/42.json", ArtifactName::Item(Seed::from_u64(42))),
        ("prompts/1.md", ArtifactName::Prompt(1)),
        ("responses/10.md", ArtifactName::Response(10)),
    ];
    for (text, name) in cases {
        assert_eq!(ArtifactName::parse(text), Some(name.clone()), "{text}");
        assert_eq!(name.to_string(), text);
    }
    let odd = [
        "",
        "Template.ts",
        "template.ts/",
        "items/",
        "items/-1.json",
        "items/+1.json",
        "items/1",
        "prompts/0.md",
        "prompts/11.md",
        "prompts/01.md",
        "prompts/+1.md",
        "items/1.json/x",
        "x/1.md",
    ];
    for text in odd {
        assert_eq!(ArtifactName::parse(text), None, "{text}");
    }
}

#[test]
fn a_body_is_plain_json() {
    let good = [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
    ];
    for media in good {
        assert!(require_json(Some(media), None).is_ok(), "{media}");
        assert!(require_json(Some(media), Some("identity")).is_ok());
        assert!(require_json(Some(media), Some("gzip")).is_err());
    }
    let bad = [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json-seq",
        "application/json; charset=latin1",
    ];
    for media in bad {
        let problem = require_json(Some(media), None).expect_err(media);
        assert_eq!(problem.status(), 415);
    }
    assert!(require_json(None, None).is_err());
}
