// Steps side by side.

export function concurrent({ on }) {
  on("parallel", {}, ({ step }) =>
    Promise.all([
      step.run("left", () => 1),
      step.run("right", () => 2),
      step.sleep("meanwhile", "1s"),
    ]));

  on("nested", {}, async ({ step }) => {
    const chain = async (name) => {
      const first = await step.run(`${name} first`, () => `${name}1`);
      return await step.run(`${name} second`, () => `${first}2`);
    };
    const ends = await Promise.all([chain("a"), chain("b")]);
    return await step.run("together", () => ends.join(" "));
  });

  on("parallel-retried", {}, async ({ step, attempt }) => {
    const [, right] = await Promise.all([
      step.run("steady", () => 1),
      step.run("unsteady", () => {
        if (attempt === 0) throw new Error("not at once");
        return attempt;
      }),
    ]);
    return right;
  });

  on("raced", {}, async ({ step, group }) => {
    const winner = await group.parallel(() =>
      Promise.race([step.run("quick", () => "quick"), step.sleep("slow", "4s")]));
    return await step.run("after", () => winner);
  });

  on("ordered", {}, async ({ step }) => {
    const order = [];
    await Promise.all([
      step.run("left", () => "l").then((side) => order.push(side)),
      step.run("right", () => "r").then((side) => order.push(side)),
    ]);
    return order;
  });
}
