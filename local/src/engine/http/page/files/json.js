// JSON for people, from its text: numbers and the order of fields stay as they were written.

import { el, visible } from "./dom.js";
import { size } from "./format.js";

const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+|./gsu;

// Colours more than this would make the page slow, and nobody reads it.
const COLOURED = 8000;

// A value as the engine gives it: {text, bytes, cut}; `whole` is the path to all of it.
export function value(given, whole) {
  const pre = el("pre", { tabindex: "0" }, pretty(given.text));
  if (!given.cut) return pre;
  const told = `The first ${size(new Blob([given.text]).size)} of ${size(given.bytes)}. `;
  return el("div", {}, pre, el("p", { class: "soft" }, told,
    el("a", { href: whole, target: "_blank", rel: "noopener" }, "Open the whole value")));
}

function pretty(text) {
  const parts = [];
  let depth = 0;
  let plain = "";
  const put = (text, kind) => {
    if (!kind || parts.length > COLOURED) {
      plain += text;
      return;
    }
    if (plain) parts.push(plain);
    plain = "";
    parts.push(el("span", { class: kind }, text));
  };
  const line = () => `\n${"  ".repeat(Math.max(0, depth))}`;
  const tokens = (text.match(TOKEN) ?? []).filter((token) => token.trim());
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      put(next === "}" || next === "]" ? token : token + line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = tokens[at - 1];
      put(before === "{" || before === "[" ? token : line() + token);
    } else if (token === ",") put(token + line());
    else if (token === ":") put(": ");
    else if (token.startsWith('"')) put(visible(token), next === ":" ? "k" : "s");
    else put(visible(token), /^[-\d]/.test(token) ? "n" : "w");
  });
  if (plain) parts.push(plain);
  return parts;
}

// An error as SDKs report it.
export function fault(error, ...more) {
  const told = error && typeof error === "object" ? error : { message: String(error) };
  return el("div", { class: "fault" },
    el("p", {}, el("strong", {}, visible(told.name || "Error")), ": ", visible(told.message ?? "")),
    more,
    told.stack && el("pre", { tabindex: "0" }, visible(told.stack)));
}
