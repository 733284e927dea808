// Lays the bundle out as Vercel's Build Output API (version 3) has it, in `.vercel/output`:
//   node edge/vercel/output.mjs [BUNDLE [OUTPUT]]
// Every path goes to one function on the Node.js runtime, which takes `export default { fetch }`.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [bundle = join(root, "target/edge/worker"), output = join(root, ".vercel/output")] =
  process.argv.slice(2);

const functions = join(output, "functions/index.func");
rmSync(output, { recursive: true, force: true });
mkdirSync(functions, { recursive: true });

for (const file of ["vercel.mjs", "host.mjs", "core.js", "core_bg.wasm"]) {
  cpSync(join(bundle, file), join(functions, file));
}

const write = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

// Without this, Node would read `core.js` as CommonJS.
write(join(functions, "package.json"), { type: "module" });
write(join(functions, ".vc-config.json"), {
  runtime: "nodejs22.x",
  handler: "vercel.mjs",
  launcherType: "Nodejs",
  shouldAddHelpers: false,
  supportsResponseStreaming: true,
  // The longest that every plan allows; a model call that takes longer is tried again.
  maxDuration: 300,
});
write(join(output, "config.json"), { version: 3, routes: [{ src: "/.*", dest: "/index" }] });
console.log(`laid out in ${output}`);
