// Entry for workerd and Cloudflare Workers.
import module from "./core_bg.wasm";
import { answer, start } from "./host.mjs";

start(module);

export default {
  fetch(request, env, context) {
    return answer(request, env, (work) => context.waitUntil(work));
  },
};
