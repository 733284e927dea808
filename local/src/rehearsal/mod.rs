//! The rehearsal model: OpenAI's chat-completions protocol from scripts.
