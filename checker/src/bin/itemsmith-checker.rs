//! The checker as a process.

fn main() {}
