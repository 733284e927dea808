// A run's steps as bars on one time scale.

import { el, name, svg, visible } from "./dom.js";
import { duration, isOver } from "./format.js";

const KINDS = {
  Sleep: "sleep", WaitForEvent: "wait for event", WaitForSignal: "wait for signal",
  InvokeFunction: "invoke", AIGateway: "model call",
};
export const kindOf = (step) => KINDS[step.op] ?? "step";

// Where a step stands: [words, look].
export function stateOf(step, view) {
  if (step.status === "Done") {
    if (step.failed) return ["failed", "bad"];
    return step.timed_out ? ["timed out", "wait"] : ["completed", "good"];
  }
  if (isOver(view.run)) return ["not finished", "none"];
  const call = view.calls.find((call) => call.step === step.id);
  if (call?.called_at) return ["running", "busy"];
  if (step.status === "Waiting") return [step.op === "Sleep" ? "sleeping" : "waiting", "wait"];
  if (step.status === "Retrying" || step.failures > 0) return ["retrying", "wait"];
  return ["queued", "none"];
}

// The segments of a step's bar: [class, from, to] in milliseconds.
function segments(step, view, now) {
  const call = view.calls.find((call) => call.step === step.id && call.called_at);
  const end = step.ended_at ?? view.run.ended_at ?? now;
  if (kindOf(step) !== "step") {
    return [[step.failed ? "failed" : step.op === "Sleep" ? "slept" : "waited", step.created_at, end]];
  }
  const list = step.attempts.map((one) => ["failed", one.started_at ?? one.ended_at, one.ended_at]);
  const last = step.attempts.at(-1);
  // The last attempt of a step that failed for good is listed among its attempts already.
  if (step.status === "Done" && !step.failed) list.push(["ran", step.started_at ?? step.created_at, end]);
  else if (call) list.push(["running", call.called_at, now]);
  const first = list[0]?.[1] ?? end;
  const between = list.slice(1).map(([, from], at) => ["between", list[at][2], from]);
  const open = step.ended_at === null && !call;
  if (first > step.created_at) between.push(["queued", step.created_at, first]);
  if (open && last) between.push([isOver(view.run) ? "stopped" : "between", last.ended_at, end]);
  return [...between, ...list];
}

export function timeline(view, now, selected) {
  const { run } = view;
  const end = run.ended_at ?? now;
  const begun = Math.min(run.created_at, ...view.steps.map((step) => step.attempts[0]?.started_at ?? step.created_at));
  const span = Math.max(1, end - begun);
  const bar = (parts) => svg("svg", { "aria-hidden": "true" },
    svg("rect", { class: "track", x: 0, y: 9, width: "100%", height: 4, rx: 2 }),
    parts.map(([kind, from, to]) => {
      const left = Math.min(99.4, Math.max(0, (from - begun) / span * 100));
      const width = Math.min(100 - left, Math.max(0.6, (to - from) / span * 100));
      return svg("rect", { class: kind, x: `${left.toFixed(3)}%`, width: `${width.toFixed(3)}%`, y: 4, height: 14, rx: 3 });
    }));
  const row = (href, chosen, label, detail, look, parts, took) => el("a", { href, "aria-current": chosen && "true" },
    el("span", { class: "name" }, label, el("small", { class: look }, detail)),
    bar(parts), el("span", { class: "took" }, took));
  const started = run.started_at ?? (isOver(run) ? run.ended_at : now);
  const whole = [["queued", run.created_at, started]];
  if (run.started_at !== null) {
    const look = { Completed: "ran", Failed: "failed", Cancelled: "stopped" }[run.status] ?? "running";
    whole.push([look, run.started_at, end]);
  }
  return el("div", {},
    el("div", { class: "scale", "aria-hidden": "true" }, el("span", {},
      [0, .25, .5, .75, 1].map((part) => el("span", {}, duration(span * part))))),
    el("ol", { class: "line" },
      el("li", { "data-key": "run" }, row(`#/runs/${run.id}`, !selected, el("strong", {}, "Run"),
        run.status.toLowerCase(), "", whole, duration(end - run.created_at))),
      view.steps.map((step) => {
        const [words, look] = stateOf(step, view);
        const parts = segments(step, view, now);
        const from = Math.min(...parts.map((part) => part[1]));
        const tries = step.attempts.length + (step.status === "Done" && !step.failed && kindOf(step) === "step" ? 1 : 0);
        const detail = [kindOf(step), words, tries > 1 ? `${tries} attempts` : ""].filter(Boolean).join(" · ");
        return el("li", { "data-key": step.id },
          row(`#/runs/${run.id}/step/${encodeURIComponent(step.id)}`, selected === step.id,
            name(step.name), detail, look, parts, duration((step.ended_at ?? end) - from)),
          step.child && el("div", { class: "child" }, "↳ ",
            el("a", { href: `#/runs/${step.child}` }, "invoked run"), ` · ${visible(step.child_status).toLowerCase()}`));
      })),
    el("ul", { class: "key", "aria-label": "Colours" },
      [["queued", "queued"], ["running", "running"], ["ran", "completed"], ["failed", "failed attempt"],
        ["between", "until the next attempt"], ["slept", "sleeping or waiting"]]
        .map(([kind, words]) => el("li", {},
          svg("svg", { "aria-hidden": "true" }, svg("rect", { class: kind, width: 11, height: 11, rx: 2 })), words))));
}
