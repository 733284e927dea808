// Which view is shown, and keeping it up to date.

import { listen } from "./actions.js";
import { el, morph } from "./dom.js";
import * as events from "./events.js";
import * as functions from "./functions.js";
import * as run from "./run.js";
import * as runs from "./runs.js";

// How often the engine is asked: it answers without a look at its database if nothing changed.
const LIVE = 700;
const QUIET = 3000;

const main = document.getElementById("main");
const link = document.getElementById("link");
let leaving = new AbortController();
let timer = 0;
let shownAt = null;

function route() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "runs", id, , step] = path.split("/").map(decodeURIComponent);
  const where = { id, step, query: new URLSearchParams(query) };
  if (view === "functions") return [view, id ? functions.one : functions.list, where];
  if (view === "events") return [view, id ? events.one : events.list, where];
  if (view === "send") return [view, events.send, where];
  return ["runs", id ? run.view : runs.view, where];
}

async function show() {
  clearTimeout(timer);
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  let next = QUIET;
  try {
    const [section, view, where] = route();
    const seen = await view({ ...where, signal });
    if (signal.aborted) return;
    link.textContent = "";
    document.title = `${seen.title} – itemsmith engine`;
    for (const one of document.querySelectorAll("nav a")) {
      if (one.hash === `#/${section}`) one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    }
    draw(seen);
    if (seen.still) return;
    if (seen.live) next = LIVE;
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof TypeError) link.textContent = "The engine does not answer.";
    else draw({ now: Date.now(), body: () => [el("h1", {}, "Not found"), el("p", {}, error.message)] });
  }
  timer = setTimeout(show, document.hidden ? QUIET * 5 : next);
}

function draw(seen) {
  const fresh = el("main", { id: "main", tabindex: "-1" });
  fresh.append(...seen.body(seen.now).flat(Infinity).filter(Boolean));
  morph(main, fresh);
  const moved = shownAt !== null && shownAt !== location.hash.split("?")[0];
  shownAt = location.hash.split("?")[0];
  // A new view begins at its top, for the eye and for the keyboard; a step is looked at in place.
  if (moved && !shownAt.includes("/step/")) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => { if (!document.hidden) show(); });
listen(show);
show();
