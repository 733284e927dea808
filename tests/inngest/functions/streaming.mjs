// Answers that are kept alive while they are made.
import { app } from "./app.mjs";

const { client, functions, on } = app("streaming");

on("sequence", {}, async ({ step }) => {
  const first = await step.run("first", () => 20);
  return first + 22;
});

on("failing", { retries: 0 }, () => {
  throw new Error("in a stream");
});

export const streaming = { client, functions };
