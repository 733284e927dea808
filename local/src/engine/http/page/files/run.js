// One run: its timeline, and what went in and came out of the step that is looked at.

import { get } from "./api.js";
import { el, name, visible } from "./dom.js";
import { badge, duration, isOver, statusOf, time } from "./format.js";
import { fault, value } from "./json.js";
import { kindOf, stateOf, timeline } from "./timeline.js";

export async function view({ id, step, signal }) {
  const at = `runs/${encodeURIComponent(id)}`;
  const run = await get(at, signal);
  const chosen = run.steps.find((one) => one.id === step);
  const detail = chosen && await get(`${at}/step?id=${encodeURIComponent(step)}`, signal);
  return {
    title: `${run.run.function} – run`,
    live: !isOver(run.run),
    now: run.now,
    body: (now) => [
      head(run.run),
      el("div", { class: "card" }, facts(run, now)),
      el("div", { class: "split" },
        el("section", { class: "card", "aria-labelledby": "steps" },
          el("h2", { id: "steps" }, "Timeline"), timeline(run, now, chosen?.id)),
        el("section", { class: "card", "aria-labelledby": "looked", "data-key": chosen?.id ?? "run" },
          chosen ? stepPanel(run, detail) : runPanel(run))),
    ],
  };
}

function head(run) {
  return el("div", { class: "head" },
    el("h1", {}, name(run.function)), badge(statusOf(run)),
    el("div", { class: "do" },
      el("button", { "data-do": "rerun", "data-run": run.id }, "Rerun"),
      !isOver(run) && el("button", { class: "bad", "data-do": "cancel", "data-run": run.id }, "Cancel")));
}

const fact = (term, ...what) => el("div", {}, el("dt", {}, term), el("dd", {}, what));
const runLink = (id) => el("a", { href: `#/runs/${id}`, class: "mono" }, id);

function facts({ run, events, reruns, parent_step }, now) {
  const end = run.ended_at ?? now;
  return el("dl", {},
    fact("Run", el("span", { class: "mono" }, run.id)),
    fact("Trigger", events.length
      ? el("a", { href: `#/events/${events[0].id}` }, name(events[0].name)) : "–"),
    fact("Created", time(run.created_at)),
    fact("Queued for", duration((run.started_at ?? end) - run.created_at)),
    fact("Duration", run.started_at === null ? "–" : duration(end - run.started_at)),
    run.parent_run && fact("Invoked by", runLink(run.parent_run),
      parent_step && [" · ", el("a", { href: `#/runs/${run.parent_run}/step/${encodeURIComponent(parent_step)}` }, "the step")]),
    run.rerun_of && fact("Rerun of", runLink(run.rerun_of)),
    reruns.length > 0 && fact("Reruns", reruns.map((id, at) => [at ? ", " : "", runLink(id)])));
}

function runPanel({ run, output, attempts, events }) {
  const failed = run.status === "Failed" || run.status === "Cancelled";
  return [
    el("h2", { id: "looked" }, "The run"),
    el("h3", {}, failed ? "Error" : "Output"),
    output ? result(output, failed, `/page/api/runs/${run.id}/output`)
      : el("p", { class: "soft" }, "Not there yet."),
    // The last one of a failed run is its error.
    attempts?.length > (failed ? 1 : 0) &&
      [el("h3", {}, "Calls that failed outside of a step"), list(attempts)],
    el("h3", {}, events.length === 1 ? "Event" : `Events (${events.length})`),
    events.map((event) => el("div", { "data-key": event.id },
      event.body && value(event.body, `/page/api/events/${event.id}/body`))),
  ];
}

function stepPanel(run, { step, input, output, error, attempts }) {
  const whole = (part) => `/page/api/runs/${run.run.id}/value?id=${encodeURIComponent(step.id)}&part=${part}`;
  const [words, look] = stateOf(step, run);
  const isStep = kindOf(step) === "step";
  return [
    el("h2", { id: "looked" }, name(step.name), " ", badge(words, look)),
    el("dl", {},
      fact("Kind", kindOf(step)),
      fact("Reported", time(step.created_at)),
      step.ended_at === null && step.due_at !== null && fact("Ends by itself", time(step.due_at)),
      step.ended_at !== null && fact("Ended", time(step.ended_at)),
      isStep && fact("Failed attempts", String(step.failures)),
      step.child && fact("Invoked run", runLink(step.child))),
    el("h3", {}, "Input"),
    input ? value(input, whole("input")) : el("p", { class: "soft" }, "None was reported."),
    el("h3", {}, step.failed ? "Error" : "Output"),
    output ? result(unwrapped(output), step.failed, whole("output")) : el("p", { class: "soft" }, "Not there yet."),
    !output && error && [el("h3", {}, "Last error"), result(error, true, whole("error"))],
    attempts && [el("h3", {}, "Attempts that failed"), list(attempts)],
    el("p", { class: "soft mono" }, visible(step.id)),
  ];
}

// What a step gave: the engine keeps it as {"data":…} or {"error":…}, an awaited event as it is.
function unwrapped(given) {
  const start = /^\{"(?:data|error)":/.exec(given.text)?.[0].length;
  return start ? { ...given, text: given.text.slice(start, given.cut ? undefined : -1) } : given;
}

// A result, or an error in words if it is one.
function result(given, failed, whole) {
  if (failed && !given.cut) {
    try {
      const error = JSON.parse(given.text);
      if (typeof error.message === "string") return fault(error);
    } catch {
      // Shown as it is.
    }
  }
  return value(given, whole);
}

const list = (attempts) => el("ol", { class: "attempts" }, attempts.map((one, at) => el("li", {},
  fault(one.error, el("p", { class: "soft" }, `Attempt ${at + 1} · `, time(one.started_at ?? one.ended_at),
    ` · ${duration(one.ended_at - (one.started_at ?? one.ended_at))}`)))));
