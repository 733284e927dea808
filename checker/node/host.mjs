// The node engine's host: TypeScript 6's LanguageService over length-prefixed JSON on stdin and
// stdout. A request is {pack, files?, source}: `files` comes once per pack. An answer is
// {syntactic, semantic}, or {fault} when the compiler gave up. The real disk is never read: every
// file that the service asks for is one of the pack's, or the template.

import { createRequire } from "node:module";

const ts = createRequire(import.meta.url)("typescript-6");

const ROOT = "/v";
const CONFIG = `${ROOT}/tsconfig.json`;
const TEMPLATE = `${ROOT}/template.ts`;

const state = {
  pack: "",
  files: new Map(),
  folders: new Set(),
  options: {},
  roots: [],
  source: "",
  version: 0,
  service: undefined,
};

const read = (path) => (path === TEMPLATE ? state.source : state.files.get(path));
const exists = (path) => path === TEMPLATE || state.files.has(path);

const host = {
  getCompilationSettings: () => state.options,
  getScriptFileNames: () => state.roots,
  getScriptVersion: (path) => (path === TEMPLATE ? `t${state.version}` : state.pack),
  getScriptSnapshot: (path) => {
    const text = read(path);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => ROOT,
  getDefaultLibFileName: () => `${ROOT}/lib.d.ts`,
  readFile: read,
  fileExists: exists,
  directoryExists: (path) => state.folders.has(path.replace(/\/+$/, "")),
  getDirectories: () => [],
  readDirectory: () => [],
  realpath: (path) => path,
  useCaseSensitiveFileNames: () => true,
};

function openPack(pack, files) {
  state.pack = pack;
  state.files = new Map(Object.entries(files));
  state.folders = new Set([""]);
  for (const path of state.files.keys()) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      state.folders.add(path.slice(0, at));
    }
  }
  const config = JSON.parse(state.files.get(CONFIG));
  const converted = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT, CONFIG);
  if (converted.errors.length > 0) {
    throw new Error(ts.flattenDiagnosticMessageText(converted.errors[0].messageText, "\n"));
  }
  state.options = { ...converted.options, configFilePath: CONFIG, pathsBasePath: ROOT };
  state.roots = config.files;
  state.service?.dispose();
  state.service = ts.createLanguageService(host);
}

function link(chain) {
  return { text: chain.messageText, messageChain: (chain.next ?? []).map(link) };
}

function plain(diagnostic) {
  const head =
    typeof diagnostic.messageText === "string"
      ? { text: diagnostic.messageText, messageChain: [] }
      : link(diagnostic.messageText);
  return {
    ...head,
    fileName: diagnostic.file?.fileName,
    pos: diagnostic.start ?? 0,
    end: (diagnostic.start ?? 0) + (diagnostic.length ?? 0),
    code: diagnostic.code,
    category: diagnostic.category,
    relatedInformation: (diagnostic.relatedInformation ?? []).map(plain),
  };
}

function check(request) {
  if (request.pack !== state.pack) {
    openPack(request.pack, request.files);
  }
  state.source = request.source;
  state.version += 1;
  const program = state.service.getProgram();
  const file = program.getSourceFile(TEMPLATE);
  const syntactic = program.getSyntacticDiagnostics(file).map(plain);
  if (syntactic.length > 0) {
    return { syntactic, semantic: [] };
  }
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSemanticDiagnostics(file),
  ];
  return { syntactic, semantic: [...new Set(diagnostics)].map(plain) };
}

function answer(value) {
  const body = Buffer.from(JSON.stringify(value));
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, 4);
  process.stdout.write(frame);
}

let pending = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
  while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE()) {
    const end = 4 + pending.readUInt32BE();
    const body = pending.toString("utf8", 4, end);
    pending = pending.subarray(end);
    try {
      answer(check(JSON.parse(body)));
    } catch (error) {
      answer({ fault: String(error?.message ?? error) });
    }
  }
});
process.stdin.on("end", () => process.exit(0));
