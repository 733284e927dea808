// Calls of models that the server makes.

export function models({ on }) {
  const ask = (step, event, apiKey, path) =>
    step.ai.infer("ask", {
      model: step.ai.models.openai({
        apiKey,
        baseUrl: `${event.data.models}/models/${path}`,
        model: "small",
      }),
      body: { messages: [{ role: "user", content: "Hello" }] },
    });

  on("inferring", {}, async ({ step, event }) => {
    const answer = await ask(step, event, "model-key-that-is-right", "inferring");
    return answer.choices[0].message.content;
  });

  on("inferring-refused", { retries: 0 }, async ({ step, event }) => {
    try {
      return await ask(step, event, "model-key-that-is-wrong", "inferring-refused");
    } catch (error) {
      return error.message;
    }
  });
}
