//! The page in a real browser; the cases are in `tests/node/page.test.mjs`.

use std::{path::Path, time::Duration};

use itemsmith_local::toolchain::browser;
use tokio::process::Command;

use super::support::Pair;

#[tokio::test]
async fn the_page_works_in_a_real_browser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/node");
    let folder = folder.canonicalize().unwrap();
    assert!(
        folder.join("node_modules/playwright-core").is_dir(),
        "what drives the browser is not installed; run: npm ci --prefix {}",
        folder.display()
    );
    let browser = browser::find().unwrap_or_else(|| panic!("{}", browser::MISSING));
    // Long enough that the time between two attempts is seen.
    let pair = Pair::configured(|config| config.retry_base = Duration::from_millis(150)).await;
    let output = Command::new("node")
        .args(["--test", "--test-reporter=tap", "page.test.mjs"])
        .current_dir(&folder)
        .env("ENGINE", &pair.engine.origin)
        .env("BROWSER", &browser)
        .kill_on_drop(true)
        .output()
        .await
        .expect("Node is installed");
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{errors}");
    // A runner that finds no test succeeds as well.
    assert!(report.contains("# pass 10"), "{report}");
    assert!(report.contains("# skipped 0"), "{report}");
}
