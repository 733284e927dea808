//! What a person sees: bars on a terminal, plain lines everywhere else.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Columns of a line in a file or a pipe.
const PLAIN_COLUMNS: usize = 140;
/// In a narrower terminal lines wrap: less would not say anything.
const COLUMNS_MIN: usize = 40;

/// The screen. Plain when standard error is not a terminal, `--plain` is given, or `NO_COLOR`
/// or `CI` is set.
#[derive(Debug, Clone)]
pub struct Screen {
    bars: MultiProgress,
    plain: bool,
}

/// One phase of the work, with a bar of its own on a terminal.
#[derive(Debug)]
pub struct Phase {
    screen: Screen,
    bar: ProgressBar,
    name: String,
    since: Instant,
}

impl Screen {
    /// A screen for this process.
    #[must_use]
    pub fn new(plain: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let plain = plain || set("NO_COLOR") || set("CI") || !console::user_attended_stderr();
        let target = if plain {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        if plain {
            console::set_colors_enabled(false);
            console::set_colors_enabled_stderr(false);
        }
        Self {
            bars: MultiProgress::with_draw_target(target),
            plain,
        }
    }

    /// Whether nothing moves on this screen.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.plain
    }

    /// Columns that are left of a line after `indent`: the terminal's own width, or as many as are
    /// good to read where nothing wraps.
    #[must_use]
    pub fn columns(&self, indent: usize) -> usize {
        let width = console::Term::stdout().size_checked();
        let width = width.map_or(PLAIN_COLUMNS, |(_rows, columns)| usize::from(columns));
        width.saturating_sub(indent).max(COLUMNS_MIN)
    }

    /// A line that stays, above the bars.
    pub fn line(&self, text: impl AsRef<str>) {
        self.bars.suspend(|| {
            // A closed pipe at the other end is not our failure.
            let _closed = writeln!(std::io::stdout(), "{}", text.as_ref());
        });
    }

    /// Begins a phase of `steps` steps.
    #[must_use]
    pub fn phase(&self, name: &str, steps: u64) -> Phase {
        let bar = self.bars.add(ProgressBar::new(steps));
        let look = "  {spinner:.cyan} {prefix:<10} [{bar:24.cyan/dim}] {pos}/{len} {msg}";
        if let Ok(style) = ProgressStyle::with_template(look) {
            bar.set_style(style.progress_chars("━━╌"));
        }
        bar.set_prefix(name.to_owned());
        if !self.plain {
            bar.enable_steady_tick(Duration::from_millis(90));
        }
        Phase {
            screen: self.clone(),
            bar,
            name: name.to_owned(),
            since: Instant::now(),
        }
    }
}

impl Phase {
    /// What is under way.
    pub fn doing(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// How many of its steps are done.
    pub fn reached(&self, step: u64) {
        self.bar.set_position(step);
    }

    /// One more step is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// Ends the phase with a line that stays.
    pub fn done(self, what: impl AsRef<str>) {
        self.bar.finish_and_clear();
        let tick = console::style("✓").green();
        let took = seconds(self.since.elapsed());
        self.screen.line(format!(
            "  {tick} {:<10} {took:>7}  {}",
            self.name,
            what.as_ref()
        ));
    }

    /// Ends the phase without a word; an error message follows elsewhere.
    pub fn abandon(self) {
        self.bar.finish_and_clear();
    }
}

/// `1.2 s`.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
