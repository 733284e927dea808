// The functions that apps registered, and a form to invoke one.

import { get } from "./api.js";
import { el, name, visible } from "./dom.js";
import { time, duration } from "./format.js";
import { value } from "./json.js";
import { path as runsPath } from "./runs.js";

export async function list({ signal }) {
  const { apps, now: at } = await get("functions", signal);
  return {
    title: "Functions",
    live: false,
    now: at,
    body: (now) => [
      el("div", { class: "head" }, el("h1", {}, "Functions")),
      !apps.length && el("div", { class: "card empty" }, "No app registered yet: start one, or give its serve endpoint with --app."),
      apps.map((app) => el("section", { "data-key": app.id },
        el("h2", {}, "App ", name(app.id), " ", el("span", { class: "soft mono" }, visible(app.url))),
        el("div", { class: "scroll card-space" }, el("table", {},
          el("thead", {}, el("tr", {}, ["Function", "Triggers", "Next tick"].map((head) => el("th", { scope: "col" }, head)))),
          el("tbody", {}, app.functions.map((one) => el("tr", { "data-key": one.slug },
            el("td", {}, el("a", { href: `#/functions/${encodeURIComponent(one.slug)}` }, name(one.slug))),
            el("td", {}, triggers(one.triggers)),
            el("td", {}, ticks(one, now))))))))),
    ],
  };
}

function triggers(given) {
  return el("ul", { class: "chips" }, (Array.isArray(given) ? given : []).map((one) => el("li", {},
    one.cron ? ["cron ", el("span", { class: "mono" }, visible(one.cron))] : name(one.event),
    one.expression && [" if ", el("span", { class: "mono" }, visible(one.expression))])));
}

function ticks(one, now) {
  if (!one.next.length) return el("span", { class: "soft" }, "–");
  return el("ul", { class: "chips" }, one.next.map((tick) => el("li", {},
    tick.at === null ? "never" : [time(tick.at), el("span", { class: "soft" }, ` in ${duration(tick.at - now)}`)])));
}

export async function one({ id, signal }) {
  const { apps, now: at } = await get("functions", signal);
  const found = apps.flatMap((app) => app.functions).find((one) => one.slug === id);
  if (!found) throw new Error("there is no such function");
  return {
    title: found.slug,
    live: false,
    now: at,
    body: (now) => [
      el("div", { class: "head" }, el("h1", {}, name(found.slug)),
        el("div", { class: "do" }, el("a", { href: runsPath({ function: found.slug }) }, "Its runs"))),
      el("div", { class: "split" },
        el("section", { class: "card" },
          el("h2", {}, "Configuration"),
          el("dl", {},
            el("div", {}, el("dt", {}, "Name"), el("dd", {}, name(found.name))),
            el("div", {}, el("dt", {}, "Triggers"), el("dd", {}, triggers(found.triggers))),
            found.next.length > 0 && el("div", {}, el("dt", {}, "Next tick"), el("dd", {}, ticks(found, now)))),
          el("h3", {}, "As registered"),
          value({ text: JSON.stringify(found.config), bytes: 0, cut: false })),
        el("section", { class: "card" },
          el("h2", {}, "Invoke"),
          el("form", { class: "stack", "data-form": "invoke", "data-function": found.slug },
            el("label", {}, "Data (a JSON object)",
              el("textarea", { name: "data", rows: 8, spellcheck: "false" }, "{}")),
            el("button", { class: "main", type: "submit" }, "Invoke")))),
    ],
  };
}
