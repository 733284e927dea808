//! The task that owns the core: it takes messages, writes batches, releases effects, makes calls.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{batch::Batch, client::Caller, clock, core::Core, store::Writer, wire::Answer};

/// Messages taken before the next write: enough to merge a burst, few enough to answer soon.
const MOST_MERGED: usize = 512;
/// How long a stop waits for the last batch.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// Something to do with the core.
pub(super) type Message = Box<dyn FnOnce(&mut Core) + Send>;

/// Talks to the task that owns the core; cheap to clone.
#[derive(Clone)]
pub(super) struct Handle(mpsc::Sender<Message>);

/// The engine is stopping.
#[derive(Debug, thiserror::Error)]
#[error("the engine is stopping")]
pub(super) struct Stopped;

impl Handle {
    /// Does something with the core and gives its result once all of it is committed.
    ///
    /// # Errors
    /// The engine stops before that.
    pub(super) async fn commit<T: Send + Sync + 'static>(
        &self,
        act: impl FnOnce(&mut Core) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (reply, result) = oneshot::channel();
        let message = move |core: &mut Core| {
            let value = act(core);
            core.after_commit(move || {
                // Nobody waits any more: a client that went away.
                let _ = reply.send(value);
            });
        };
        self.0.send(Box::new(message)).await.map_err(|_| Stopped)?;
        result.await.map_err(|_| Stopped)
    }
}

/// The task's side of the [`Handle`].
pub(super) struct Inbox(mpsc::Receiver<Message>);

/// A handle and its inbox.
pub(super) fn channel() -> (Handle, Inbox) {
    let (sender, receiver) = mpsc::channel(MOST_MERGED);
    (Handle(sender), Inbox(receiver))
}

/// Owns the core until `stop` resolves.
pub(super) async fn run(
    mut core: Core,
    writer: Writer,
    caller: Caller,
    mut inbox: Inbox,
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    let mut idle = Some(writer);
    let mut writing = JoinSet::<(Writer, Batch)>::new();
    let mut calls = JoinSet::<Called>::new();
    let (reporter, mut reports) = mpsc::unbounded_channel::<Reported>();
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(written) = writing.join_next() => {
                if let Ok((writer, batch)) = written {
                    idle = Some(writer);
                    core.committed(batch.effects, clock::now());
                }
            }
            Some(called) = calls.join_next() => take(&mut core, &mut reports, called),
            Some(reported) = reports.recv() => reported.tell(&mut core),
            message = inbox.0.recv() => match message {
                Some(message) => message(&mut core),
                None => break,
            },
            () = until(core.next_timer()) => {}
        }
        for _ in 0..MOST_MERGED {
            if let Some(called) = calls.try_join_next() {
                take(&mut core, &mut reports, called);
            } else if let Ok(message) = inbox.0.try_recv() {
                message(&mut core);
            } else {
                break;
            }
        }
        core.fire_due(clock::now());
        for request in core.due_calls(clock::now()) {
            let (caller, reporter) = (caller.clone(), reporter.clone());
            calls.spawn(async move {
                let mut answer = caller.call(&request).await;
                let (job, request_id) = (request.job, request.request_id);
                let report = |ops| {
                    // Fails only when the owner ends; then the call is made again.
                    let _ = reporter.send(Reported {
                        job,
                        request_id,
                        ops,
                    });
                };
                caller.complete(&mut answer, report).await;
                Called {
                    job: request.job,
                    answer,
                }
            });
        }
        if let Some(writer) = idle.take() {
            match core.take_batch() {
                Some(batch) => {
                    writing.spawn(writer.write(batch));
                }
                None => idle = Some(writer),
            }
        }
    }
    finish(core, idle, writing).await;
}

/// Steps of an answer whose other steps' requests the engine makes now.
struct Reported {
    job: super::run::JobId,
    request_id: ulid::Ulid,
    ops: Vec<super::wire::Op>,
}

impl Reported {
    fn tell(self, core: &mut Core) {
        core.reported(self.job, self.request_id, &self.ops, clock::now());
    }
}

/// A call that is over.
struct Called {
    job: super::run::JobId,
    answer: Answer,
}

fn take(
    core: &mut Core,
    reports: &mut mpsc::UnboundedReceiver<Reported>,
    called: Result<Called, tokio::task::JoinError>,
) {
    // What the call reported while its requests were made comes before its end, or it would be
    // taken for the report of a call that was given up, and its steps would run again.
    while let Ok(reported) = reports.try_recv() {
        reported.tell(core);
    }
    match called {
        Ok(called) => {
            core.call_over(called.job);
            core.call_done(called.job, called.answer, clock::now());
        }
        // A panic in our own client: the engine cannot know which call it was.
        Err(error) => tracing::error!(%error, "a call ended without an answer"),
    }
}

/// Writes what was decided last, so that those who wait for it are answered.
async fn finish(mut core: Core, idle: Option<Writer>, mut writing: JoinSet<(Writer, Batch)>) {
    let last = async {
        let mut writer = idle;
        while let Some(written) = writing.join_next().await {
            if let Ok((back, batch)) = written {
                core.committed(batch.effects, clock::now());
                writer = Some(back);
            }
        }
        if let (Some(writer), Some(batch)) = (writer, core.take_batch()) {
            let (_, batch) = writer.write(batch).await;
            core.committed(batch.effects, clock::now());
        }
    };
    if tokio::time::timeout(LAST_WRITE, last).await.is_err() {
        tracing::warn!(
            "stopped before the database took the last batch; nothing acknowledged is lost"
        );
    }
}

async fn until(at: Option<clock::Millis>) {
    let Some(at) = at else {
        return std::future::pending().await;
    };
    let wait = u64::try_from(at - clock::now()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(wait)).await;
}
