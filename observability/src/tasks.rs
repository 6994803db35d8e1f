//! The tasks of the process. None may end before the process is to end; when one does, all end.

use crate::shutdown;
use anyhow::Context as _;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long the tasks have to end.
const DRAIN: Duration = Duration::from_secs(15);

/// The tasks of the process.
pub struct Tasks {
    set: JoinSet<anyhow::Result<&'static str>>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    /// The task that hears of the end comes first, so that the end is heard of at any time.
    #[must_use]
    pub fn new() -> Self {
        let mut tasks = Self { set: JoinSet::new(), stop: watch::Sender::new(false) };
        let stop = tasks.stop.clone();
        tasks.spawn("signals", async move {
            shutdown::requested().await?;
            stop.send_replace(true);
            Ok(())
        });
        tasks
    }

    /// Something that becomes true when the process is to end.
    pub fn ending(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        self.endings()()
    }

    /// The same for as many as want it.
    pub fn endings(&self) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> + Send + 'static + use<> {
        let stopped = self.stop.subscribe();
        move || {
            let mut stopped = stopped.clone();
            Box::pin(async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            })
        }
    }

    /// Starts a task that is given up when the process is to end.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let ending = self.ending();
        self.drain(name, async move {
            tokio::select! {
                () = ending => Ok(()),
                result = task => result,
            }
        });
    }

    /// Starts a task that ends by itself when the process is to end.
    pub fn drain(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        self.set.spawn(async move {
            task.await.with_context(|| format!("The task \"{name}\" failed."))?;
            Ok(name)
        });
    }

    /// Waits for the end: asked for, or because a task ended that should not have. No task runs any more then.
    ///
    /// # Errors
    /// What the first task that ended says, unless the end was asked for.
    pub async fn supervise(mut self) -> anyhow::Result<()> {
        let ended = self.set.join_next().await;
        let asked = *self.stop.borrow();
        let outcome = match ended {
            Some(Ok(Ok(_))) if asked => Ok(()),
            Some(Ok(Ok(name))) => Err(anyhow::anyhow!("The task \"{name}\" ended by itself.")),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => Err(error.into()),
            None => Err(anyhow::anyhow!("There is no task.")),
        };
        self.stop.send_replace(true);
        let drained = tokio::time::timeout(DRAIN, async { while self.set.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("Not all tasks ended in time.");
            self.set.shutdown().await;
        }
        outcome
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn when_one_ends_by_itself_all_end_and_it_is_named() {
        let (mut tasks, held) = (Tasks::new(), Arc::new(()));
        let (given_up, drained) = (Arc::clone(&held), Arc::clone(&held));
        tasks.spawn("one that goes on", async move {
            std::future::pending::<()>().await;
            drop(given_up);
            Ok(())
        });
        let ending = tasks.ending();
        tasks.drain("one that ends when asked", async move {
            ending.await;
            drop(drained);
            Ok(())
        });
        tasks.spawn("one that ends", async { Ok(()) });
        assert_eq!(tasks.supervise().await.unwrap_err().to_string(), "The task \"one that ends\" ended by itself.");
        assert_eq!(Arc::strong_count(&held), 1, "the others are gone");
    }

    #[tokio::test]
    async fn one_that_fails_says_why() {
        let mut tasks = Tasks::new();
        tasks.spawn("one that fails", async { Err(anyhow::anyhow!("It is gone.")) });
        let error = tasks.supervise().await.unwrap_err();
        assert_eq!(format!("{error:#}"), "The task \"one that fails\" failed.: It is gone.");
    }
}
