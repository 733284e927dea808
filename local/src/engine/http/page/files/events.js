// Events with the runs that they started, and a form to send one.

import { get } from "./api.js";
import { el, name } from "./dom.js";
import { badge, isOver, statusOf, time } from "./format.js";
import { value } from "./json.js";
import { table } from "./runs.js";

const path = (filter) => `#/events?${new URLSearchParams(Object.entries(filter).filter(([, value]) => value))}`;

export async function list({ query, signal }) {
  const filter = Object.fromEntries(query);
  const known = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
  const { events, next, now } = await get(`events?${known}`, signal);
  return {
    title: "Events",
    live: events.some((event) => event.runs.some((run) => !isOver(run))),
    now,
    body: () => [
      el("div", { class: "head" }, el("h1", {}, "Events"),
        el("div", { class: "do" }, el("a", { href: "#/send" }, "Send event"))),
      el("form", { class: "filter", role: "search", "data-form": "events", "data-key": `f${known}` },
        el("label", { class: "wide" }, "Text",
          el("input", { name: "text", type: "search", value: filter.text ?? "", placeholder: "event id, or part of its name" })),
        el("button", { type: "submit" }, "Filter")),
      events.length ? rows(events) : el("div", { class: "card empty" }, "No event."),
      el("div", { class: "more" },
        filter.before && el("a", { href: path({ ...filter, before: "" }) }, "Newest"),
        next && el("a", { href: path({ ...filter, before: next }) }, "Older")),
    ],
  };
}

const rows = (events) => el("div", { class: "scroll" }, el("table", {},
  el("thead", {}, el("tr", {},
    el("th", { scope: "col" }, "Event"),
    el("th", { scope: "col", class: "time" }, "Received"),
    el("th", { scope: "col" }, "Runs that it started"))),
  el("tbody", {}, events.map((event) => el("tr", { "data-key": event.id },
    el("td", {}, el("a", { href: `#/events/${event.id}` }, name(event.name))),
    el("td", {}, time(event.received_at)),
    el("td", {}, event.runs.length
      ? el("ul", { class: "chips" }, event.runs.map((run) => el("li", { "data-key": run.id },
        badge(statusOf(run)), " ", el("a", { href: `#/runs/${run.id}` }, name(run.function)))))
      : el("span", { class: "soft" }, "none")))))));

export async function one({ id, signal }) {
  const { event, now: at } = await get(`events/${encodeURIComponent(id)}`, signal);
  return {
    title: event.name,
    live: event.runs.some((run) => !isOver(run)),
    now: at,
    body: (now) => [
      el("div", { class: "head" }, el("h1", {}, name(event.name))),
      el("div", { class: "card" }, el("dl", {},
        el("div", {}, el("dt", {}, "Received"), el("dd", {}, time(event.received_at))),
        el("div", {}, el("dt", {}, "Event id"), el("dd", { class: "mono" }, name(event.event_id))),
        el("div", {}, el("dt", {}, "Internal id"), el("dd", { class: "mono" }, event.id)))),
      el("section", { class: "card" }, el("h2", {}, "Event"), value(event.body, `/page/api/events/${event.id}/body`)),
      el("section", {}, el("h2", {}, "Runs that it started"),
        event.runs.length ? table(event.runs, now) : el("div", { class: "card empty" }, "None.")),
    ],
  };
}

export async function send() {
  return {
    title: "Send event",
    live: false,
    still: true,
    now: Date.now(),
    body: () => [
      el("div", { class: "head" }, el("h1", {}, "Send event")),
      el("form", { class: "card stack", "data-form": "send" },
        el("label", {}, "Name", el("input", { name: "name", required: true, autocomplete: "off", placeholder: "app/something.happened" })),
        el("label", {}, "Data (a JSON object)", el("textarea", { name: "data", rows: 10, spellcheck: "false" }, "{}")),
        el("label", {}, "Id (optional: sent twice within a day, it counts once)", el("input", { name: "id", autocomplete: "off" })),
        el("button", { class: "main", type: "submit" }, "Send")),
    ],
  };
}
