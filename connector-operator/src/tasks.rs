//! The tasks of the process: none may end before the process is asked to end.

use anyhow::Context as _;
use delivery_observability::shutdown;
use std::future::Future;
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
    /// Begins to listen for the end.
    #[must_use]
    pub fn new() -> Self {
        let mut tasks = Self { set: JoinSet::new(), stop: watch::Sender::new(false) };
        let stop = tasks.stop.clone();
        tasks.drain("signals", async move {
            shutdown::requested().await?;
            stop.send_replace(true);
            Ok(())
        });
        tasks
    }

    /// Something that becomes true when the process is to end.
    pub fn ending(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        let mut stopped = self.stop.subscribe();
        async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
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

    /// Waits for the end: asked for, or because a task ended that should not have.
    ///
    /// # Errors
    /// When it was not asked for.
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
        }
        outcome
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}
