//! Races: the run goes on as soon as one of several steps is over.

use std::future::poll_fn;
use std::pin::pin;

use super::Step;

impl Step {
    /// Runs `branches`, whose steps race: the server calls again whenever one of them is over.
    /// Without this it calls when all of them are, which takes fewer calls; a `select` then has
    /// its winner no sooner than its loser. Drop the losers before going on.
    ///
    /// ```
    /// # use itemsmith_steps::{Failure, Step};
    /// # use futures_util::future::select;
    /// # use std::pin::pin;
    /// # async fn f(step: &Step) -> Result<u32, Failure> {
    /// let first = step
    ///     .race(async || {
    ///         let quick = pin!(step.run("quick", async || Ok(1)));
    ///         let slow = pin!(step.run("slow", async || Ok(2)));
    ///         select(quick, slow).await.factor_first().0
    ///     })
    ///     .await?;
    /// # Ok(first)
    /// # }
    /// ```
    pub async fn race<T>(&self, branches: impl AsyncFnOnce() -> T) -> T {
        let within = |run: &mut dyn FnMut()| {
            let outer = std::mem::replace(&mut self.state.borrow_mut().in_race, true);
            run();
            self.state.borrow_mut().in_race = outer;
        };
        let mut begun = None;
        let mut branches = Some(branches);
        // A plain function that gives a future names its first steps already here.
        within(&mut || begun = branches.take().map(|branches| branches()));
        let mut begun = pin!(begun);
        poll_fn(|context| {
            let mut polled = std::task::Poll::Pending;
            within(&mut || {
                if let Some(begun) = begun.as_mut().as_pin_mut() {
                    polled = begun.poll(context);
                }
            });
            polled
        })
        .await
    }
}
