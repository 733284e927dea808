//! Following a request to its end: a bar for the attempts, a verdict line for each.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use itemsmith_api::response::{FindingSummary, Iteration, IterationPhase, TemplateStatus};
use itemsmith_domain::{FailureReason, IterationStatus, RequestStatus};

use super::{
    error::CliError,
    term::{Screen, seconds},
};
use crate::client::Client;

/// Pause between two looks at a request: short enough to look live, and one indexed read each.
const LOOK_PAUSE: Duration = Duration::from_millis(150);
/// How long a service that stopped answering is tried: a worker's restart takes under a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Follows `id` until it ends, printing each verdict as it comes.
///
/// # Errors
/// When the service stays away or refuses.
pub async fn to_the_end(
    client: &Client,
    id: &str,
    screen: &Screen,
) -> Result<TemplateStatus, CliError> {
    let mut shown = 0;
    let mut phase = None;
    let mut last_answer = Instant::now();
    loop {
        let view = match client.status(id).await {
            Ok(view) => view,
            Err(error) if error.is_passing() && last_answer.elapsed() < PATIENCE => {
                tokio::time::sleep(LOOK_PAUSE).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        last_answer = Instant::now();
        let bar =
            phase.get_or_insert_with(|| screen.phase("attempts", u64::from(view.max_attempts)));
        for iteration in view
            .iterations
            .iter()
            .filter(|i| i.status.is_some())
            .skip(shown)
        {
            print_iteration(iteration, screen);
            shown += 1;
        }
        bar.reached(shown as u64);
        bar.doing(now(&view));
        if view.status.is_terminal() {
            end(phase.take(), &view);
            return Ok(view);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

fn end(phase: Option<super::term::Phase>, view: &TemplateStatus) {
    let Some(phase) = phase else { return };
    match view.status {
        RequestStatus::Succeeded => {
            phase.done(format!(
                "succeeded at attempt {} of {}",
                view.attempt, view.max_attempts
            ));
        }
        _ => phase.abandon(),
    }
}

/// What is under way, in a few words.
fn now(view: &TemplateStatus) -> String {
    match view
        .iterations
        .iter()
        .find(|iteration| iteration.status.is_none())
    {
        Some(open) => format!("attempt {}: {}", open.iteration, phase_name(open.phase)),
        None => view.status.as_str().to_owned(),
    }
}

const fn phase_name(phase: IterationPhase) -> &'static str {
    match phase {
        IterationPhase::Prompt => "writing the prompt",
        IterationPhase::Model => "the model is at work",
        IterationPhase::Check => "checking the answer",
        IterationPhase::Done => "done",
    }
}

/// One attempt: its verdict, how long it took, and its first findings.
pub fn print_iteration(iteration: &Iteration, screen: &Screen) {
    let Some(status) = iteration.status else {
        return;
    };
    let mark = match status {
        IterationStatus::Success => console::style("✓").green(),
        _ => console::style("✗").yellow(),
    };
    let number = iteration.iteration;
    let verdict = status.as_str();
    let count = match iteration.finding_count {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    };
    screen.line(format!("  {mark} attempt {number}  {verdict}, {count}"));
    for finding in &iteration.first_findings {
        screen.line(format!(
            "        {}",
            finding_line(finding, screen.columns(8))
        ));
    }
    let left = iteration
        .finding_count
        .saturating_sub(iteration.first_findings.len() as u32);
    if left > 0 {
        screen.line(format!("        and {left} more"));
    }
}

/// `TS2322 at 12:5  message` or `9002 invalid-item, seed 7  message`, on one line of `columns`.
fn finding_line(finding: &FindingSummary, columns: usize) -> String {
    let mut head = match &finding.rule {
        Some(rule) => format!("{} {rule}", finding.ts_code),
        None => format!("TS{}", finding.ts_code),
    };
    if let Some(seed) = finding.seed {
        head.push_str(&format!(", seed {seed}"));
    }
    if finding.line > 0 {
        head.push_str(&format!(" at {}:{}", finding.line, finding.column));
    }
    let first = finding.message.lines().next().unwrap_or_default();
    let room = columns.saturating_sub(head.chars().count() + 2);
    let text = console::truncate_str(first, room, "…");
    format!("{}  {text}", console::style(head).dim())
}

/// Prints how a request ended and, when it succeeded, stores its artifacts in `folder`.
///
/// # Errors
/// [`CliError::Negative`] when it did not succeed; otherwise when a download fails.
pub async fn finish(
    client: &Client,
    view: &TemplateStatus,
    folder: &Path,
    took: Option<Duration>,
    screen: &Screen,
) -> Result<(), CliError> {
    if view.status != RequestStatus::Succeeded {
        let reason = view
            .reason
            .map_or_else(String::new, |r| format!(": {}", r.as_str()));
        let status = view.status.as_str();
        let advice = view.reason.map_or("", |reason| advice(reason, &view.model));
        return Err(CliError::Negative(format!(
            "request {} {status}{reason}{advice}",
            view.id
        )));
    }
    if let Some(took) = took {
        screen.line(format!("  a proven template in {}", seconds(took)));
    }
    screen.line("");
    for (path, digest) in client.download(&view.id.to_string(), folder).await? {
        screen.line(format!("  {}", shorten(&path)));
        screen.line(format!("      sha256 {digest}"));
    }
    Ok(())
}

/// What a reason means to the person who waits, after its name.
fn advice(reason: FailureReason, model: &str) -> &'static str {
    match reason {
        FailureReason::ModelRejected if model.starts_with("rehearsal") => {
            "\n  the rehearsal has answers for the items in local/samples only; set OPENAI_API_KEY to \
             have a real model work on any other"
        }
        FailureReason::ModelRejected => {
            "\n  the model refused the call, or stayed away through all retries: look at \
             OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL, and search the worker's log for the \
             request"
        }
        FailureReason::CheckerUnavailable => {
            "\n  the checker stayed away through all retries: search the worker's log for the request"
        }
        FailureReason::Internal => "\n  search the logs for the request",
        _ => "",
    }
}

/// The path relative to where the person is, when that is shorter.
pub fn shorten(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}
