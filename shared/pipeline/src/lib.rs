//! The durable functions that turn an item into a proven template, and their prompts.
