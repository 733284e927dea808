//! The child's side of the sandbox.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::{confine, engine, wire};

/// Answers jobs on stdin until it ends, after shutting everything else away.
///
/// Call it before any other thread exists, and with nothing else to do: afterwards the process
/// can open no file and no socket.
pub fn child_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads it in production; it is what a person sees who runs the child by hand.
            let _ = writeln!(io::stderr(), "the sandbox child ended: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    confine::process()?;
    while let Some(job) = wire::read::<wire::Job>(&mut input)? {
        confine::allow_cpu(engine::CPU_BUDGET)?;
        wire::write(&mut output, &engine::run(&job))?;
    }
    Ok(())
}
