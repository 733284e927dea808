// The list of runs.

import { get } from "./api.js";
import { el, name, visible } from "./dom.js";
import { badge, duration, isOver, statusOf, time } from "./format.js";

const STATUSES = ["Running", "Completed", "Failed", "Cancelled"];

export const path = (filter) => {
  const set = Object.entries(filter).filter(([, value]) => value);
  return set.length ? `#/runs?${new URLSearchParams(set)}` : "#/runs";
};

export async function view({ query, signal }) {
  const filter = Object.fromEntries(query);
  const known = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
  const [list, functions] = await Promise.all([
    get(`runs?${known}`, signal),
    get("functions", signal),
  ]);
  const slugs = functions.apps.flatMap((app) => app.functions.map((one) => one.slug));
  if (filter.function && !slugs.includes(filter.function)) slugs.push(filter.function);
  return {
    title: "Runs",
    live: list.runs.some((run) => !isOver(run)),
    body: (now) => [
      el("div", { class: "head" }, el("h1", {}, "Runs")),
      el("form", { class: "filter", role: "search", "data-form": "runs", "data-key": `f${known}` },
        select("status", "Status", STATUSES, filter.status),
        select("function", "Function", slugs.sort(), filter.function),
        el("label", { class: "wide" }, "Text",
          el("input", { name: "text", type: "search", value: filter.text ?? "",
            placeholder: "run id, event id, or part of a function's or event's name" })),
        el("button", { type: "submit" }, "Filter")),
      list.runs.length
        ? table(list.runs, now)
        : el("div", { class: "card empty" }, known.size
          ? "No run fits."
          : ["No run yet. ", el("a", { href: "#/send" }, "Send an event"), " that a function listens to."]),
      el("div", { class: "more" },
        filter.before && el("a", { href: path({ ...filter, before: "" }) }, "Newest"),
        list.next && el("a", { href: path({ ...filter, before: list.next }) }, "Older")),
    ],
    now: list.now,
  };
}

function select(field, label, options, chosen) {
  return el("label", {}, label, el("select", { name: field },
    el("option", { value: "" }, "any"),
    options.map((one) => el("option", { value: one, selected: one === chosen }, visible(one)))));
}

export function table(runs, now) {
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {},
      el("th", { scope: "col", class: "status" }, "Status"),
      el("th", { scope: "col" }, "Function"),
      el("th", { scope: "col" }, "Trigger"),
      el("th", { scope: "col", class: "time" }, "Started"),
      el("th", { scope: "col", class: "took" }, "Duration"))),
    el("tbody", {}, runs.map((run) => el("tr", { "data-key": run.id },
      el("td", {}, badge(statusOf(run))),
      el("td", {},
        el("a", { href: `#/runs/${run.id}` }, name(run.function)),
        run.rerun_of && el("span", { class: "soft" }, " · rerun")),
      el("td", {}, run.event_name === null
        ? el("span", { class: "soft" }, "–")
        : el("a", { href: `#/events/${run.event}` }, name(run.event_name))),
      el("td", {}, time(run.started_at ?? run.created_at)),
      el("td", { class: "took" },
        run.started_at === null && !isOver(run)
          ? "–"
          : duration((run.ended_at ?? now) - (run.started_at ?? run.created_at))))))));
}
