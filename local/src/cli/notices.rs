//! What the supervisor notices while a command runs, on the screen.

use std::io;

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use super::term::Screen;

/// Shows the supervisor's warnings, such as a service that died and was started again, as lines on
/// the screen. Only the first call counts.
pub fn show(screen: &Screen) {
    let shown = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("itemsmith_local::stack=warn"))
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines(screen.clone()))
        .try_init();
    // An error only says that it was done before.
    drop(shown);
}

/// One line of the screen per event: each is written in one piece.
struct Lines(Screen);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl io::Write for &Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        self.0.line(format!("  {}", text.trim()));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
