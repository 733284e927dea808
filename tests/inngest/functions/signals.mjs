// Waiting for signals and sending them.

export function signals({ on }) {
  on("signalled", {}, async ({ step }) => {
    const signal = await step.waitForSignal("the signal", {
      signal: "conformance/signalling",
      timeout: "1h",
      onConflict: "fail",
    });
    return signal.data;
  });

  on("unsignalled", {}, ({ step }) =>
    step.waitForSignal("no signal", {
      signal: "conformance/nobody-sends-this",
      timeout: "1s",
      onConflict: "replace",
    }));

  on("signalling", {}, async ({ step }) => {
    const signal = { signal: "conformance/signalling", data: { text: "go" } };
    const { runId } = await step.sendSignal("send", signal);
    return runId !== undefined;
  });

  on("signalling-nobody", {}, async ({ step }) => {
    const signal = { signal: "conformance/signalling-nobody" };
    const { runId } = await step.sendSignal("send", signal);
    return runId !== undefined;
  });
}
