// What the Wasm core gets from JavaScript, and how requests reach it. Shared by every runtime:
// nothing here knows workerd from Node.
import * as core from "./core.js";

// One byte more is refused; the core's own limit says why this number.
const BODY_LIMIT = 1024 * 1024;
// The event server sends a run's whole state, 4 MB by its own limit.
const INNGEST_BODY_LIMIT = 5 * 1024 * 1024;

const EMPTY = new Uint8Array(0);

/** `name LF value LF`, again and again: one string instead of a call for each header. */
function flatten(headers) {
  let flat = "";
  for (const [name, value] of headers) flat += `${name}\n${value}\n`;
  return flat;
}

function unflatten(flat) {
  const lines = flat.split("\n");
  const headers = new Headers();
  for (let i = 0; i + 1 < lines.length; i += 2) headers.append(lines[i], lines[i + 1]);
  return headers;
}

/** The whole body, or `undefined` when it is longer than `limit`; stops reading there. */
export async function readBody(message, limit) {
  if (message.body === null) return EMPTY;
  const declared = Number(message.headers.get("content-length") ?? Number.NaN);
  if (declared > limit) {
    // Nobody waits for this: the answer does not depend on it.
    message.body.cancel().catch(() => {});
    return undefined;
  }
  // With a length that the runtime holds the sender to, there is nothing to count.
  if (declared <= limit && !message.headers.has("content-encoding")) {
    return new Uint8Array(await message.arrayBuffer());
  }
  const reader = message.body.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > limit) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What `work` resolves to, or `undefined` if that takes longer than `ms`. */
async function within(work, ms) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A body that says `beat` at once and every `every` ms, and at last what `end` resolves to. */
function streamed(end, every, beat) {
  const encoder = new TextEncoder();
  let timer;
  let open = true;
  return new ReadableStream({
    start(controller) {
      const say = (text) => open && controller.enqueue(encoder.encode(text));
      const stop = () => {
        clearInterval(timer);
        open = false;
      };
      say(beat);
      timer = setInterval(say, every, beat);
      end
        .then((text) => {
          say(text);
          if (open) controller.close();
          stop();
        })
        .catch((error) => {
          // Whoever reads takes a body that breaks off for no answer, and asks again.
          if (open) controller.error(error);
          stop();
        });
    },
    cancel() {
      clearInterval(timer);
      open = false;
    },
  });
}

/** The `Host` of the core: see `wasm.rs`. */
const host = {
  sleep: wait,
  async fetch(method, url, headers, body, timeoutMs, maxBytes) {
    // The time covers the body as well.
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers: unflatten(headers),
        body,
        redirect: "manual",
        signal: timeout,
      });
      const bytes = await readBody(response, maxBytes);
      if (bytes === undefined) return [0, "too-large"];
      return [response.status, flatten(response.headers), bytes];
    } catch {
      return [0, timeout.aborted ? "timeout" : "connection"];
    }
  },
};

let configured = false;

/** Makes the core ready: `module` is a `WebAssembly.Module` or its bytes. */
export function start(module) {
  core.initSync({ module });
}

/** Statuses whose answers have no body by definition. */
const BODILESS = new Set([101, 204, 205, 304]);

function plain([status, flat, text, after], keepAlive) {
  if (after !== undefined) keepAlive(after);
  return new Response(BODILESS.has(status) ? null : text, { status, headers: unflatten(flat) });
}

/**
 * Answers a request. `env` is an object of texts; the first one counts. `keepAlive` takes a
 * promise of what is still to be done once the answer is on its way.
 */
export async function answer(request, env, keepAlive) {
  if (!configured) {
    const texts = Object.entries(env).filter(([, value]) => typeof value === "string");
    core.configure(JSON.stringify(Object.fromEntries(texts)), host);
    configured = true;
  }
  try {
    const inngest = new URL(request.url).pathname === "/api/inngest";
    const body = await readBody(request, inngest ? INNGEST_BODY_LIMIT : BODY_LIMIT);
    const headers = flatten(request.headers);
    const work = core.handle(request.method, request.url, headers, body);
    const opening = core.opening?.(request.method, request.url, headers);
    if (opening === undefined) return plain(await work, keepAlive);
    const [after, every, beat, status, flat] = opening;
    const soon = after > 0 ? await within(work, after) : undefined;
    if (soon !== undefined) return plain(soon, keepAlive);
    const end = work.then(([status, flat, text]) => core.closing(status, flat, text));
    return new Response(streamed(end, every, beat), { status, headers: unflatten(flat) });
  } catch (error) {
    // Only a fault of the core or a broken request body comes here.
    console.log(JSON.stringify({ level: "error", message: "unanswered", detail: String(error) }));
    return new Response('{"type":"/errors/internal","status":500,"code":"internal"}', {
      status: 500,
      headers: { "content-type": "application/problem+json" },
    });
  }
}
