// Serves a module with `export default { fetch }` on a port, as Vercel's Node.js runtime does:
// node serve-vercel.mjs ENTRY PORT
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";

const [entry, port] = process.argv.slice(2);
const { default: app } = await import(pathToFileURL(entry).href);

const server = createServer(async (incoming, outgoing) => {
  const bodiless = incoming.method === "GET" || incoming.method === "HEAD";
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: incoming.headers,
    body: bodiless ? undefined : Readable.toWeb(incoming),
    duplex: "half",
  });
  const response = await app.fetch(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // As it comes: an answer may be streamed.
  if (response.body === null) outgoing.end();
  else Readable.fromWeb(response.body).pipe(outgoing);
});

server.listen(Number(port), "127.0.0.1", () => console.log("listening"));
