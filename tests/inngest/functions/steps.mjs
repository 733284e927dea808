// Results and the ids of steps.

export function steps({ on }) {
  on("plain", {}, ({ event }) => ({ greeting: `Hello, ${event.data.name}!` }));

  on("nothing", {}, () => {});

  on("sequence", { name: "Steps in sequence" }, async ({ step }) => {
    const first = await step.run("first", () => 20);
    const second = await step.run("second", () => ({ sum: first + 22 }));
    await step.run("third", () => null);
    return second.sum;
  });

  on("repeated", {}, async ({ step }) => {
    const numbers = [];
    for (let i = 0; i < 3; i++) numbers.push(await step.run("again", () => i));
    return numbers;
  });

  on("conditional", { triggers: [{ event: "conformance/conditional", if: "event.data.go == true" }] },
    ({ event }) => event.data);

  on("scheduled", { triggers: [{ cron: "0 0 29 2 *" }, { event: "conformance/scheduled" }] },
    ({ event }) => event.data);

  // More than a call carries: the app has to fetch its state.
  on("large", {}, async ({ step }) => {
    const text = await step.run("grow", () => "x".repeat(3_600_000));
    return await step.run("measure", () => text.length);
  });
}
