// Other functions and events.
import { NonRetriableError, referenceFunction } from "inngest";

export function others({ on }) {
  const ok = on("invoked", {}, ({ event }) => event.data.number * 2);
  const failing = on("invoked-failing", {}, () => {
    throw new NonRetriableError("invoked in vain");
  });
  const slow = on("invoked-slow", {}, ({ step }) => step.sleep("for long", "1h"));

  on("invoking", {}, ({ step }) => step.invoke("double", { function: ok, data: { number: 21 } }));

  on("invoking-failing", {}, async ({ step }) => {
    try {
      return await step.invoke("in vain", { function: failing, data: {} });
    } catch (error) {
      return error.message;
    }
  });

  on("invoking-slow", {}, async ({ step }) => {
    try {
      return await step.invoke("too long", { function: slow, data: {}, timeout: "1s" });
    } catch {
      return "too long";
    }
  });

  on("invoking-nobody", {}, async ({ step }) => {
    try {
      const nobody = referenceFunction({ appId: "conformance", functionId: "nobody" });
      return await step.invoke("nobody", { function: nobody, data: {} });
    } catch {
      return "nobody";
    }
  });

  on("sending", {}, async ({ step }) => {
    const { ids } = await step.sendEvent("one", {
      id: "the-one",
      name: "conformance/sent",
      data: { number: 1 },
    });
    return ids.length;
  });

  on("sending-many", {}, async ({ step }) => {
    const { ids } = await step.sendEvent("many", [
      { id: "many-1", name: "conformance/sent-many", data: { number: 1 } },
      { id: "many-2", name: "conformance/sent-many", data: { number: 2 }, ts: 1_700_000_000_000 },
    ]);
    return ids.length;
  });
}
