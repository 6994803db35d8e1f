//! The tasks of the process. None may end before the process is to end; when one does, all end.

use anyhow::Context as _;
use delivery_observability::shutdown;
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
    leading: watch::Receiver<bool>,
}

impl Tasks {
    /// The task that hears of the end comes first, so that the end is heard of at any time. `leading` becomes true when this
    /// process leads.
    #[must_use]
    pub fn new(leading: watch::Receiver<bool>) -> Self {
        let mut tasks = Self { set: JoinSet::new(), stop: watch::Sender::new(false), leading };
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

    /// The same for a task that decides: it begins when this process leads.
    pub fn lead(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let mut leading = self.leading.clone();
        self.spawn(name, async move {
            leading.wait_for(|leads| *leads).await?;
            task.await
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test]
    async fn what_decides_begins_with_the_lead_and_has_ended_when_all_has() {
        let leading = watch::Sender::new(false);
        let mut tasks = Tasks::new(leading.subscribe());
        let (begun, decides) = (Arc::new(AtomicBool::new(false)), Arc::new(()));
        let (set, held) = (Arc::clone(&begun), Arc::clone(&decides));
        tasks.lead("decider", async move {
            set.store(true, Ordering::SeqCst);
            std::future::pending::<()>().await;
            drop(held);
            Ok(())
        });
        tokio::task::yield_now().await;
        assert!(!begun.load(Ordering::SeqCst), "it stands by");
        let mut leads = leading.subscribe();
        tasks.spawn("one that ends", async move {
            leads.wait_for(|leads| *leads).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(())
        });
        leading.send_replace(true);
        let outcome = tasks.supervise().await.unwrap_err().to_string();
        assert_eq!(outcome, "The task \"one that ends\" ended by itself.");
        assert!(begun.load(Ordering::SeqCst));
        assert_eq!(Arc::strong_count(&decides), 1, "the decider is gone");
    }
}
