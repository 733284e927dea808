// Runs whose steps go on in one call, told to the server as they end.
import { app } from "./app.mjs";

const { client, functions, on } = app("checkpointing", { checkpointing: true });

on("sequence", {}, async ({ step }) => {
  const first = await step.run("first", () => 20);
  const second = await step.run("second", () => first + 22);
  return await step.run("third", () => ({ sum: second }));
});

on("interrupted", {}, async ({ step }) => {
  const first = await step.run("first", () => 1);
  await step.sleep("a second", "1s");
  return await step.run("second", () => first + 1);
});

on("retried", {}, async ({ step, attempt }) => {
  const first = await step.run("first", () => 1);
  return await step.run("second", () => {
    if (attempt === 0) throw new Error("not at once");
    return first + attempt;
  });
});

on("parallel", {}, async ({ step }) => {
  const first = await step.run("first", () => 1);
  const sides = await Promise.all([
    step.run("left", () => first + 1),
    step.run("right", () => first + 2),
  ]);
  return await step.run("last", () => sides);
});

// What these two report is answered in the server's place.
on("overtaken", {}, async ({ step }) => {
  const first = await step.run("overtaken", () => 1);
  return await step.run("second", () => first + 1);
});

on("unreported", {}, async ({ step }) => {
  const first = await step.run("unreported", () => 1);
  return await step.run("second", () => first + 1);
});

on("failing", { retries: 0 }, async ({ step }) => {
  await step.run("first", () => 1);
  throw new Error("after a step");
});

export const checkpointing = { client, functions };
