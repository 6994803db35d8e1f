//! The tasks of a process, supervised: none may end before the process is to end; when one does, all end and the process reports it.
//!
//! A process may have a part that begins and ends while the process goes on, such as all that follows from being the leader. Its tasks
//! are supervised in the same way, as [`Tasks::part`].
//!
//! A process ends in two steps. *Requested*: SIGTERM or ctrl-C has come; all tasks continue while pending work is finished
//! (connections drained, last records written). *Ending*: that is done, or a task failed; tasks are dropped, or end by themselves.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::life::shutdown;

/// How long the tasks may take to end.
const END_LIMIT: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    Requested,
    Ending,
}

/// Tasks did not end although they were dropped: one of them holds up its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not all tasks have ended {limit:?} after they were dropped; {left} are left.")]
pub struct StillRunning {
    left: usize,
    limit: Duration,
}

/// The tasks of the process, or of a part of it.
pub struct Tasks {
    set: JoinSet<anyhow::Result<&'static str>>,
    phase: watch::Sender<Phase>,
}

impl Tasks {
    /// Starts to listen for signals, before any other task, so that the end can be requested at any time.
    #[must_use]
    pub fn new() -> Self {
        let mut tasks = Self::part();
        let phase = tasks.phase.clone();
        tasks.spawn("signals", async move {
            shutdown::requested().await?;
            phase.send_if_modified(|phase| {
                let is_first = *phase == Phase::Running;
                *phase = Phase::Requested.max(*phase);
                is_first
            });
            std::future::pending().await
        });
        tasks
    }

    /// The tasks of a part of the process. Signals are left to the process's own tasks.
    #[must_use]
    pub fn part() -> Self {
        Self { set: JoinSet::new(), phase: watch::Sender::new(Phase::Running) }
    }

    /// Completes when the end is requested: the time to finish what must be done before the tasks end; see
    /// [`Tasks::supervise_until`].
    pub fn requested(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        self.reached(Phase::Requested)()
    }

    /// Completes when the tasks are to end.
    pub fn ending(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        self.endings()()
    }

    /// Creates any number of futures like [`Tasks::ending`].
    pub fn endings(&self) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> + Send + 'static + use<> {
        self.reached(Phase::Ending)
    }

    fn reached(
        &self,
        wanted: Phase,
    ) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> + Send + 'static + use<> {
        let phase = self.phase.subscribe();
        move || {
            let mut phase = phase.clone();
            Box::pin(async move {
                let _ = phase.wait_for(|phase| *phase >= wanted).await;
            })
        }
    }

    /// Starts a task that is dropped when the tasks are to end.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let ending = self.ending();
        self.drain(name, async move {
            tokio::select! {
                () = ending => Ok(()),
                result = task => result,
            }
        });
    }

    /// Starts a task that never ends by itself and cannot fail; it is dropped when the tasks are to end.
    pub fn spawn_endless(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn(name, async move {
            task.await;
            Ok(())
        });
    }

    /// Starts a task that ends by itself when [`Tasks::ending`] completes.
    pub fn drain(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        self.set.spawn(async move {
            task.await.with_context(|| format!("The task \"{name}\" failed."))?;
            Ok(name)
        });
    }

    /// Waits for the end: requested, or because a task ended that should not have. No task is running by then.
    ///
    /// # Errors
    /// What the first task that ended reports, unless the end was requested.
    pub async fn supervise(self) -> anyhow::Result<()> {
        let requested = self.requested();
        self.supervise_until(requested).await
    }

    /// Does `work` while the tasks go on, and ends them when it is done. `work` itself watches [`Tasks::requested`] where it is to end
    /// early. When a task ends before, `work` is dropped.
    ///
    /// # Errors
    /// What the first task that ended before `work` was done reports.
    pub async fn supervise_until<T>(mut self, work: impl Future<Output = T>) -> anyhow::Result<T> {
        let outcome = self.until(work).await;
        self.end().await;
        outcome
    }

    /// Does `work` while the tasks go on, and leaves them running when it is done. When a task ends before, `work` is dropped.
    ///
    /// # Errors
    /// What the first task that ended before `work` was done reports.
    pub async fn until<T>(&mut self, work: impl Future<Output = T>) -> anyhow::Result<T> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            error = self.first_failure() => Err(error),
        }
    }

    /// Drops all tasks, wherever they are, and waits until they are gone.
    ///
    /// # Errors
    /// When one is not gone after `limit`. It goes on: only the end of the process ends it.
    pub async fn stop(mut self, limit: Duration) -> Result<(), StillRunning> {
        let gone = timeout(limit, self.set.shutdown()).await;
        gone.map_err(|_| StillRunning { left: self.set.len(), limit })
    }

    /// Waits for a task that ends although the process should continue. While the process is shutting down, that is only logged.
    async fn first_failure(&mut self) -> anyhow::Error {
        loop {
            let error = match self.set.join_next().await {
                Some(Ok(Ok(name))) => anyhow::anyhow!("The task \"{name}\" ended unexpectedly."),
                Some(Ok(Err(error))) => error,
                Some(Err(error)) => error.into(),
                None => anyhow::anyhow!("The process has no tasks."),
            };
            if *self.phase.borrow() == Phase::Running {
                return error;
            }
            tracing::warn!(error = format!("{error:#}"), "A task ended early while the process was shutting down.");
            if self.set.is_empty() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Ends all tasks: each is dropped, or ends by itself within 15 seconds.
    pub async fn end(mut self) {
        self.phase.send_replace(Phase::Ending);
        let ended = timeout(END_LIMIT, async { while self.set.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("Not all tasks ended within {} s.", END_LIMIT.as_secs());
            self.set.shutdown().await;
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[path = "tests/tasks.rs"]
mod tests;
