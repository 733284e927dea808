//! The checker as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    itemsmith_checker::cli::main()
}
