// The engine's JSON routes. A view that did not change costs the engine no look at its database.

const known = new Map();

// The view at a path. If nothing changed it is the one from before with the engine's time moved on:
// bars of what is under way grow all the same.
export async function get(path, signal) {
  const before = known.get(path);
  const headers = before ? { "if-none-match": before.tag } : {};
  const response = await fetch(`/page/api/${path}`, { headers, signal, cache: "no-store" });
  if (response.status === 304 && before) {
    return { ...before.view, now: before.view.now + performance.now() - before.at };
  }
  const view = await read(response);
  // One of each is enough: what a person looks at now.
  if (known.size > 20) known.clear();
  known.set(path, { tag: response.headers.get("etag"), at: performance.now(), view });
  return view;
}

// Does something; gives what the engine says of it.
export async function post(path, body = {}) {
  return read(await fetch(`/page/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }));
}

async function read(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    throw new Error(`the engine answered ${response.status}`);
  }
  if (!response.ok) throw new Error(body?.error ?? `the engine answered ${response.status}`);
  return body;
}
