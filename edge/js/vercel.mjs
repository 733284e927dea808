// Entry for Vercel's Node.js runtime, and for plain Node.
import { readFileSync } from "node:fs";
import { answer, start } from "./host.mjs";

start(readFileSync(new URL("./core_bg.wasm", import.meta.url)));

// Vercel hands `waitUntil` over through this well-known symbol; elsewhere the process stays up.
const CONTEXT = Symbol.for("@vercel/request-context");

function keepAlive(work) {
  globalThis[CONTEXT]?.get?.()?.waitUntil?.(work);
}

export default {
  fetch(request) {
    return answer(request, process.env, keepAlive);
  },
};
