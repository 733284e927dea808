//! The Wasm worker: ingress, status, artifacts and the Inngest endpoint.
