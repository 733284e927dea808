//! Request and response types, problem documents, limits and configuration.
