// The conformance suite's app on the official TypeScript SDK: the very functions of
// `tests/conformance-app`, which are written on ours. Arguments: the port.
//
// It ends when its standard input does, so that it never outlives the test that began it.
import http from "node:http";
import { serve } from "inngest/node";
import { checkpointing } from "./functions/checkpointing.mjs";
import { flow } from "./functions/flow.mjs";
import { conformance } from "./functions/conformance.mjs";
import { streaming } from "./functions/streaming.mjs";

const handlers = {
  "/api/inngest": serve(conformance),
  "/api/flow": serve(flow),
  "/api/checkpointing": serve(checkpointing),
  "/api/streaming": serve({ ...streaming, streaming: true }),
};

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const handler = handlers[pathname];
  // Not caught: what the SDK throws past its own handling is part of what is observed.
  if (handler) return handler(request, response);
  response.writeHead(pathname === "/health" ? 200 : 404).end();
});

server.listen(Number(process.argv[2]), "127.0.0.1");
