// Runs the Wasm tests of a crate on Node:
//   node run.cjs FOLDER
// where FOLDER holds `core.js` and `core_bg.wasm`: the crate's test binary (`cargo test --no-run
// --target wasm32-unknown-unknown`) after wasm-bindgen with `nodejs` and `keep_lld_exports`.
//
// It is what wasm-bindgen-test-runner does for Node, without a tool that takes six minutes to
// compile: each test is an export whose name begins with `__wbgt_`.
const { join, resolve } = require("node:path");

// The test crate writes its report through this name, past what it captures of the console.
globalThis.__wbgtest_og_console_log = console.log.bind(console);
globalThis.__wbg_test_invoke = (f) => f();

const wasm = require(join(resolve(process.argv[2]), "core.js"));
const names = Object.keys(wasm.__wasm).filter((name) => name.startsWith("__wbgt_"));
if (names.length === 0) {
  console.error("no test was found: the file is not a test binary, or its exports were dropped");
  process.exit(1);
}

for (const level of ["debug", "log", "info", "warn", "error"]) {
  console[level] = (...values) => wasm[`__wbgtest_console_${level}`](values);
}

const context = new wasm.WasmBindgenTestContext(false);
context.include_ignored(false);
context.filtered_count(0);
context.run(names.map((name) => wasm.__wasm[name])).then(
  (passed) => process.exit(passed ? 0 : 1),
  (error) => {
    globalThis.__wbgtest_og_console_log(error);
    process.exit(1);
  },
);
