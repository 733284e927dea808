// What every app of the suite is made with.
import { Inngest } from "inngest";

const silent = { info() {}, warn() {}, error() {}, debug() {} };

/** An app: its client, and a list that `on` adds functions to. */
export function app(id, options = {}) {
  const client = new Inngest({ id, checkpointing: false, logger: silent, ...options });
  const functions = [];
  /** A function that is started by the event of its own name. */
  function on(name, config, body) {
    const triggers = config.triggers ?? [{ event: `${id}/${name}` }];
    const made = client.createFunction({ id: name, ...config, triggers }, body);
    functions.push(made);
    return made;
  }
  return { client, functions, on };
}
