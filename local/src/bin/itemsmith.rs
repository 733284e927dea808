//! The command line of Itemsmith.

fn main() -> std::process::ExitCode {
    itemsmith_local::cli::main()
}
