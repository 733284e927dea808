//! The command line of Itemsmith.

fn main() {}
