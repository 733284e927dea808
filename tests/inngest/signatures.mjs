// What the official TypeScript SDK makes of signatures. Standard input and output are JSON arrays,
// bodies in hex:
//   node signatures.mjs sign          [{key, time, body}] → [{canonical, raw, bearer}]
//   node signatures.mjs verify NOW    [{key, fallback, headers, body}] → ["accepted" | "refused" | "thrown"]
// Signing goes through the SDK's own helper, which it does not export; verifying through its
// endpoint, as any request does.

import { Inngest } from "inngest";
import { serve } from "inngest/edge";

const inside = (path) => import(new URL(path, import.meta.resolve("inngest")));
const { signDataWithKey } = await inside("./helpers/net.js");
const { hashSigningKey } = await inside("./helpers/strings.js");

const quiet = { info() {}, warn() {}, error() {}, debug() {} };
const bytes = (hex) => Buffer.from(hex, "hex");

/** A body as the SDK's endpoint reads it; throws where that throws. */
async function read(hex) {
  const text = await new Response(bytes(hex)).text();
  return text === "" ? "" : JSON.parse(text);
}

async function sign({ key, time, body }) {
  let canonical = null;
  try {
    canonical = await signDataWithKey(await read(body), key, time, quiet);
  } catch {
    // No form: the endpoint would not get as far as its signature.
  }
  const raw = await signDataWithKey(bytes(body).toString(), key, time, quiet);
  return { canonical, raw, bearer: hashSigningKey(key) };
}

const handlers = new Map();

function handler(signingKey, signingKeyFallback) {
  const name = JSON.stringify([signingKey, signingKeyFallback]);
  if (!handlers.has(name)) {
    const given = { id: "app", isDev: false, eventKey: "k", signingKey, logger: quiet };
    if (signingKeyFallback !== null) given.signingKeyFallback = signingKeyFallback;
    const client = new Inngest({ ...given, internalLogger: quiet });
    const fn = client.createFunction({ id: "f", triggers: { event: "e" } }, async () => null);
    handlers.set(name, serve({ client, functions: [fn] }));
  }
  return handlers.get(name);
}

async function verify({ key, fallback, headers, body }) {
  // Without a body, what is signed is a GET.
  const method = body === "" ? "GET" : "POST";
  const request = new Request("https://app.test/api/inngest?probe=trust", {
    method,
    headers: [["host", "app.test"], ...headers.map((value) => ["x-inngest-signature", value])],
    body: body === "" ? undefined : bytes(body),
  });
  try {
    const { status } = await handler(key, fallback)(request);
    return { 200: "accepted", 401: "refused" }[status] ?? `status ${status}`;
  } catch {
    return "thrown";
  }
}

let input = "";
for await (const chunk of process.stdin.setEncoding("utf8")) input += chunk;
const [what, now] = process.argv.slice(2);
if (now !== undefined) Date.now = () => Number(now) * 1000;
const answer = what === "sign" ? sign : verify;
const answers = [];
for (const one of JSON.parse(input)) answers.push(await answer(one));
process.stdout.write(JSON.stringify(answers));
