//! `itemsmith doctor`: what is missing and what mends it.

use super::{error::CliError, term::Screen};
use crate::toolchain::requirement;

pub fn run(screen: &Screen) -> Result<(), CliError> {
    let mut missing = 0;
    for requirement in requirement::survey() {
        match &requirement.found {
            Ok(found) => {
                let tick = console::style("✓").green();
                screen.line(format!("  {tick} {}: {found}", requirement.name));
            }
            Err(reason) => {
                let by_itself = if requirement.automatic {
                    " (the commands that need it do this)"
                } else {
                    ""
                };
                missing += usize::from(!requirement.automatic);
                let cross = console::style("✗").red();
                screen.line(format!("  {cross} {}: {reason}", requirement.name));
                screen.line(format!("      mend: {}{by_itself}", requirement.mend));
            }
        }
    }
    if missing == 0 {
        screen.line("nothing stands in the way of `cargo itemsmith demo`");
        return Ok(());
    }
    Err(CliError::Negative(format!(
        "{missing} things must be mended first"
    )))
}
