//! The unmodified npm client against the gateway; the cases are in `tests/node/neon.test.mjs`.

use std::path::Path;

use super::support::Database;
use tokio::process::Command;

#[tokio::test]
async fn the_unmodified_npm_client_works_against_the_gateway() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/node");
    let folder = folder.canonicalize().unwrap();
    assert!(
        folder
            .join("node_modules/@neondatabase/serverless")
            .is_dir(),
        "the npm client is not installed; run: npm ci --prefix {}",
        folder.display()
    );
    let db = Database::new().await;
    let output = Command::new("node")
        .args(["--test", "--test-reporter=tap", "neon.test.mjs"])
        .current_dir(&folder)
        .env("DATABASE_URL", &db.url)
        .env("SQL_HTTP_URL", db.gateway.url())
        .kill_on_drop(true)
        .output()
        .await
        .expect("Node is installed");
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{errors}");
    // A runner that finds no test succeeds as well.
    assert!(report.contains("# pass 9"), "{report}");
    assert!(report.contains("# skipped 0"), "{report}");
}
