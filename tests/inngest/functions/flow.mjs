// Every setting that a function is registered with.
import { app } from "./app.mjs";

const { client, functions, on } = app("flow");
const key = "event.data.user";
const data = ({ event }) => event.data;

on("concurrency-number", { concurrency: 5 }, data);
on("concurrency", { concurrency: { limit: 1, key } }, data);
on("concurrency-two", { concurrency: [{ limit: 5 }, { limit: 2, key, scope: "env" }] }, data);
on("throttle", { throttle: { limit: 1, period: "1s", burst: 1, key } }, data);
on("rate-limit", { rateLimit: { limit: 1, period: "1h", key } }, data);
on("debounce", { debounce: { period: "1s", timeout: "5s", key } }, data);
on("priority", { priority: { run: "event.data.urgent ? 120 : 0" } }, data);
on("batch", { batchEvents: { maxSize: 2, timeout: "5s", key } }, ({ events }) =>
  events.map((event) => event.data.number));
on("singleton-skip", { singleton: { mode: "skip", key } }, ({ step }) =>
  step.sleep("a second", "1s"));
on("singleton-cancel", { singleton: { mode: "cancel", key } }, ({ step }) =>
  step.sleep("a second", "1s"));
on("idempotency", { idempotency: key }, data);
on("timeouts", { timeouts: { start: "1h", finish: "2h" } }, data);
on(
  "cancel",
  {
    cancelOn: [
      { event: "flow/stop", if: "event.data.user == async.data.user" },
      { event: "flow/stop-soon", timeout: "30m" },
    ],
  },
  data,
);
on("retries", { retries: 20 }, data);

export const flow = { client, functions };
