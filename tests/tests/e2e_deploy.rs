//! The two deployments: the files that describe them are true, and the bundles boot.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use itemsmith_api::auth::DEVELOPMENT_KEY;
use itemsmith_domain::RequestStatus;
use itemsmith_local::{
    client::{Client, Options},
    stack::{Port, REHEARSAL_KEY},
    toolchain::workspace,
};
use itemsmith_tests::{
    Site, run, shared,
    site::{SAMPLES, sample},
};

#[test]
fn wrangler_accepts_the_worker_that_dev_runs() {
    let packages = workspace::root().join("tests/deploy/node_modules");
    let out = tempfile::tempdir().expect("a folder");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let arch = if arch == "aarch64" { "arm64" } else { "x64" };
    // wrangler needs a newer Node.js than the one that the rest runs on.
    let node = packages.join(format!("node-{os}-{arch}/bin/node"));
    let done = Command::new(node)
        .arg(packages.join("wrangler/bin/wrangler.js"))
        .args(["deploy", "--dry-run", "--outdir"])
        .arg(out.path())
        .current_dir(workspace::root())
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", out.path().join("logs"))
        .env("CI", "true")
        .stdin(Stdio::null())
        .output()
        .expect("wrangler runs");
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "{said}");
    let wasm = std::fs::read_dir(out.path())
        .expect("its output")
        .filter_map(Result::ok);
    let wasm: Vec<_> = wasm
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "wasm"))
        .collect();
    assert_eq!(wasm.len(), 1, "one Wasm module: {said}");
    let deployed = std::fs::read(&wasm[0]).expect("readable");
    let ours = std::fs::read(workspace::worker_bundle().join("core_bg.wasm")).expect("readable");
    assert!(deployed == ours, "the very Wasm that dev runs");
}

/// A Node process that serves the Vercel entry; killed when dropped.
struct Vercel {
    child: Child,
}

impl Drop for Vercel {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Vercel {
    /// Lays the bundle out as a deployment does and serves its entry on `port`, with the
    /// environment of a running stack.
    fn start(site: &Site, port: &Port, folder: &Path) -> Self {
        let laid_out = Command::new("node")
            .arg(workspace::root().join("edge/vercel/output.mjs"))
            .arg(workspace::worker_bundle())
            .arg(folder)
            .output()
            .expect("node runs");
        assert!(
            laid_out.status.success(),
            "{}",
            String::from_utf8_lossy(&laid_out.stderr)
        );
        let config = std::fs::read_to_string(folder.join("config.json")).expect("its routes");
        assert!(
            config.contains("\"dest\": \"/index\""),
            "every path goes to the function"
        );
        let host = workspace::root().join("tests/deploy/serve-vercel.mjs");
        let addresses = &site.stack.addresses;
        let mut child = Command::new("node")
            .arg(host)
            .arg(folder.join("functions/index.func/vercel.mjs"))
            .arg(port.number().to_string())
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("ITEMSMITH_ENV", "development")
            .env("DATABASE_URL", &site.stack.database_url)
            .env("SQL_HTTP_URL", format!("{}/sql", addresses.gateway))
            .env("CHECKER_URL", &addresses.checker)
            .env(
                "CHECKER_KEY",
                "not the stack's key: nothing here calls the checker",
            )
            .env("OPENAI_API_KEY", REHEARSAL_KEY)
            .env(
                "OPENAI_BASE_URL",
                format!("{}/v1", addresses.rehearsal.as_deref().unwrap_or("")),
            )
            .env("OPENAI_MODEL", "rehearsal-once")
            .env("INNGEST_DEV", &addresses.engine)
            .env("INNGEST_SERVE_ORIGIN", &addresses.worker)
            .env("INNGEST_STREAMING", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let first = lines.next().expect("a line").expect("text");
        assert!(first.contains("listening"), "{first}");
        // Its log goes on; a pipe that nobody reads would end it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child }
    }
}

#[test]
fn the_same_core_serves_on_node_as_on_vercel() {
    run(async {
        let site = shared().await;
        let port = Port::claim(None).expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        let _vercel = Vercel::start(site, &port, folder.path());
        let base = port.origin();
        let health = reqwest::get(format!("{base}/health"))
            .await
            .expect("an answer");
        assert_eq!(health.status().as_u16(), 200);

        let client = Client::new(base.clone(), DEVELOPMENT_KEY);
        let options = Options {
            model: Some("rehearsal-once".to_owned()),
            ..Options::default()
        };
        let accepted = client
            .submit_file(&sample(SAMPLES[0]), &options)
            .await
            .expect("accepted");
        let id = accepted.id.to_string();
        assert_eq!(client.status(&id).await.expect("a status").id, accepted.id);
        // The functions run on the stack's worker: one database, one engine, two front doors.
        assert_eq!(site.ended(&id).await.status, RequestStatus::Succeeded);
        let files = client
            .download(&id, tempfile::tempdir().expect("a folder").path())
            .await;
        assert!(files.is_ok_and(|files| !files.is_empty()));

        let sync = reqwest::Client::new()
            .put(format!("{base}/api/inngest"))
            .send()
            .await;
        assert_eq!(sync.expect("an answer").status().as_u16(), 200);
        let look = reqwest::get(format!("{base}/api/inngest"))
            .await
            .expect("an answer");
        let look: serde_json::Value =
            serde_json::from_str(&look.text().await.expect("a body")).expect("JSON");
        assert!(
            look["function_count"]
                .as_u64()
                .is_some_and(|count| count >= 5),
            "{look}"
        );
        streams(&base).await;
    });
}

/// A call of a durable function is answered by a stream: white space, and then all of the answer.
async fn streams(base: &str) {
    let call = serde_json::json!({
        "ctx": { "run_id": "01JDE000000000000000000000", "fn_id": "sweep", "attempt": 0,
            "disable_immediate_execution": true, "use_api": false,
            "stack": { "stack": [], "current": 0 } },
        "event": { "name": "inngest/scheduled.timer", "data": {} },
        "events": [], "steps": {}, "use_api": false, "version": 2,
    });
    let function = "template-orchestrator-outbox.sweep";
    let answer = reqwest::Client::new()
        .post(format!("{base}/api/inngest?fnId={function}&stepId=step"))
        .json(&call)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
    let body = answer.text().await.expect("a body");
    assert!(body.starts_with(char::is_whitespace), "{body:?}");
    let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(answer["status"], 206, "{answer}");
    assert!(answer["body"].is_string(), "{answer}");
}

#[test]
fn workerd_serves_the_same_routes() {
    run(async {
        let site = shared().await;
        let base = &site.stack.addresses.worker;
        for path in ["/health", "/ready", "/api/inngest"] {
            let answer = reqwest::get(format!("{base}{path}"))
                .await
                .expect("an answer");
            assert_eq!(answer.status().as_u16(), 200, "{path}");
        }
    });
}
