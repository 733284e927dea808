// How steps and functions fail, and when they are tried again.
import { NonRetriableError, RetryAfterError } from "inngest";

const not = (attempts) => (attempt) => {
  if (attempt < attempts) throw new Error(`not at attempt ${attempt}`);
  return attempt;
};

export function errors({ on }) {
  on("retried", {}, ({ step, attempt }) => step.run("in the end", () => not(2)(attempt)));

  on("retried-after", {}, ({ step, attempt }) =>
    step.run("later", () => {
      if (attempt === 0) throw new RetryAfterError("in a second", 1000);
      return attempt;
    }));

  on("retried-at", {}, ({ step, attempt, event }) =>
    step.run("at a time", () => {
      if (attempt === 0) throw new RetryAfterError("at that time", new Date(event.data.at));
      return attempt;
    }));

  on("function-retried", {}, ({ attempt }) => not(1)(attempt));

  on("function-retried-after", {}, ({ attempt }) => {
    if (attempt === 0) throw new RetryAfterError("in a second", 1000);
    return attempt;
  });

  on("function-exhausted", { retries: 0 }, () => {
    throw new Error("on the last attempt");
  });

  on("function-refused", {}, () => {
    throw new NonRetriableError("not again");
  });

  on("step-refused", {}, ({ step }) =>
    step.run("refused", () => {
      throw new NonRetriableError("not again");
    }));

  on("step-exhausted", { retries: 1 }, ({ step }) =>
    step.run("exhausted", () => {
      throw new Error("always", { cause: { code: 7 } });
    }));

  on("step-caught", { retries: 1 }, async ({ step }) => {
    try {
      await step.run("exhausted", () => {
        throw new Error("always");
      });
    } catch (error) {
      return await step.run("instead", () => error.message);
    }
  });

  on(
    "handled",
    {
      retries: 0,
      onFailure: ({ event, error, step }) =>
        step.run("tell", () => `${event.data.function_id}: ${error.message}`),
    },
    () => {
      throw new Error("for the handler");
    },
  );
}
