// Times, durations and statuses for people.

import { el } from "./dom.js";

const two = (n) => String(n).padStart(2, "0");

export function time(millis) {
  if (millis === null || millis === undefined) return el("span", { class: "soft" }, "–");
  const at = new Date(millis);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return el("time", { datetime: at.toISOString(), title: at.toISOString() }, `${day} ${clock}`);
}

export function duration(millis) {
  if (millis === null || millis === undefined || Number.isNaN(millis)) return "–";
  const ms = Math.max(0, Math.round(millis));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`;
  const s = Math.round(ms / 1000);
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const m = Math.round(s / 60);
  if (m < 48 * 60) return `${Math.floor(m / 60)} h ${two(m % 60)} min`;
  return `${Math.round(m / 60 / 24)} d`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

const LOOK = { Completed: "good", Failed: "bad", Running: "busy", Queued: "wait", Cancelled: "none" };

// A run that no call was made for is queued, whatever else the engine calls it.
export const statusOf = (run) =>
  run.status === "Running" && run.started_at === null ? "Queued" : run.status;

export const badge = (status, look = LOOK[status] ?? "none") =>
  el("span", { class: `badge ${look}` }, status);

export const isOver = (run) => run.ended_at !== null;
