// Sleeping, waiting for events and being stopped.

export function waits({ on }) {
  on("asleep", {}, async ({ step }) => {
    await step.sleep("a second", "1s");
    return "awake";
  });

  on("asleep-until", {}, async ({ step, event }) => {
    await step.sleepUntil("a moment", new Date(event.data.until));
    return "awake";
  });

  on("matched", {}, async ({ step }) => {
    const event = await step.waitForEvent("the same number", {
      event: "conformance/answer",
      timeout: "1h",
      if: "event.data.number == async.data.number",
    });
    return event.data.text;
  });

  on("unmatched", {}, ({ step }) =>
    step.waitForEvent("nothing", { event: "conformance/nobody-sends-this", timeout: "1s" }));

  on(
    "stopped-by-event",
    {
      cancelOn: [{ event: "conformance/stop", if: "event.data.number == async.data.number" }],
    },
    ({ step }) => step.sleep("for long", "1h"),
  );

  on("stopped-by-request", {}, ({ step }) => step.sleep("for long", "1h"));

  on("stopped-by-time", { timeouts: { finish: "1s" } }, ({ step }) => step.sleep("for long", "1h"));
}
