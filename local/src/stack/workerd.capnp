# The worker in workerd, bare: one socket, the bundle's modules, the network.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    # The gateway, the checker and the engine are on this machine; a real model is not.
    (name = "internet", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "/worker.mjs"),
    (name = "host.mjs", esModule = embed "/host.mjs"),
    (name = "core.js", esModule = embed "/core.js"),
    (name = "core_bg.wasm", wasm = embed "/core_bg.wasm"),
  ],
  compatibilityDate = "2026-06-01",
  bindings = [
    # bindings
  ],
);
