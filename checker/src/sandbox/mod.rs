//! Executing templates: QuickJS in a confined child process.
