//! Inngest's SDK protocol, sans I/O: signatures, sync, introspection, durable steps.
