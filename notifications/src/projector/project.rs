//! Does what the records of a batch have told: keeps it, and tells what is news.
//!
//! Everything may be done twice: what is kept is kept as it is, and the same news is the same notification. Purchases are served side by
//! side; one that the store refuses again and again is given up, so that it stops nothing behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use delivery_messages::{Millis, Topic};
use futures::{StreamExt, stream};
use tokio::time::sleep;

use super::fold::{Step, Work};
use super::kind::Kinds;
use super::news::{News, news_of};
use super::orders::Orders;
use crate::domain::ids::RecipientId;
use crate::domain::recipient::Customer;
use crate::domain::repository::{Recipients, RepositoryError};
use crate::metrics::Metrics;
use crate::spans;
use crate::writer::{WriteError, Writer};

/// The most purchases under way at a time.
const AT_ONCE: usize = 16;
const RETRY: Duration = Duration::from_millis(500);
const MAX_RETRY: Duration = Duration::from_secs(30);
/// How often something may be refused.
const MAX_TRIES: u32 = 5;

/// Where news goes.
pub(crate) trait Outlet: Send + Sync {
    /// Tells news; it may arrive although this fails.
    fn tell(&self, news: &News, trace: Option<&str>) -> impl Future<Output = Result<(), WriteError>> + Send;
}

impl Outlet for Arc<Writer> {
    async fn tell(&self, news: &News, trace: Option<&str>) -> Result<(), WriteError> {
        self.write(Topic::SendNotification, &news.message.recipient_id, &news.message, trace).await
    }
}

/// Why something could not be done now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// The store failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Kafka failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ProjectError {
    /// Whether trying again for ever makes sense.
    const fn is_passing(&self) -> bool {
        matches!(self, Self::Repository(RepositoryError::Unavailable) | Self::Write(WriteError::Refused { .. }))
    }
}

/// What doing it needs.
pub(crate) struct Projector<S, O> {
    /// Where orders and recipients are kept.
    pub store: S,
    pub outlet: O,
    pub metrics: Metrics,
}

impl<S: Orders + Recipients, O: Outlet> Projector<S, O> {
    /// Does all of it, for as long as that takes.
    pub(crate) async fn carry_out(&self, work: &Work) {
        let erased = self.erased(work).await;
        let left = work.without(&erased);
        let work = &*left;
        // Customers first, so that what is told to them finds their addresses.
        stream::iter(work.customers.values())
            .for_each_concurrent(AT_ONCE, |customer| async move {
                self.insist("a customer", || self.meet(customer)).await;
            })
            .await;
        stream::iter(&work.steps)
            .for_each_concurrent(AT_ONCE, |(subject, step)| async move {
                self.insist(subject, || self.settle(subject, step)).await;
            })
            .await;
    }

    /// Up to when the people of this work are forgotten: what is from before is passed over.
    async fn erased(&self, work: &Work) -> BTreeMap<RecipientId, Millis> {
        let people: BTreeSet<RecipientId> =
            work.steps.values().filter_map(|step| step.facts.concern()).map(|(id, _)| id).collect();
        let people: Vec<RecipientId> = people.into_iter().collect();
        let mut pause = RETRY;
        loop {
            match self.store.erased(&people).await {
                Ok(erased) => return erased,
                Err(error) => tracing::warn!(%error, "Cannot read who was erased; retrying."),
            }
            sleep(pause).await;
            pause = (pause * 2).min(MAX_RETRY);
        }
    }

    /// Keeps what is known of a customer.
    async fn meet(&self, customer: &Customer) -> Result<(), ProjectError> {
        Ok(self.store.bought(customer).await?)
    }

    /// Keeps what is known of one purchase, and tells what is news.
    ///
    /// # Errors
    /// When it must be done again.
    pub(crate) async fn settle(&self, subject: &str, step: &Step) -> Result<(), ProjectError> {
        let order = self.store.keep(subject, &step.facts).await?;
        let known = match order.recipient() {
            Some(recipient) => self.store.recipient(recipient).await?,
            None => None,
        };
        let news = news_of(subject, &order, known.as_ref());
        let is_over = order.facts.has_ended();
        if news.is_empty() && is_over == order.is_over {
            return Ok(());
        }
        for news in &news {
            let (trace, kind) = (step.trace.as_deref(), news.kind.name());
            let mut span = spans::tell(trace, kind);
            let told = self.outlet.tell(news, trace).await;
            span.outcome(&told);
            told?;
            self.metrics.news(kind);
        }
        let told: Kinds = news.iter().map(|news| news.kind).collect();
        Ok(self.store.told(subject, &told, &order.facts).await?)
    }

    async fn insist<F: Future<Output = Result<(), ProjectError>>>(&self, what: &str, attempt: impl Fn() -> F) {
        let (mut pause, mut refusals) = (RETRY, 0);
        while let Err(error) = attempt().await {
            if !error.is_passing() {
                refusals += 1;
            }
            if refusals == MAX_TRIES {
                tracing::error!(what, %error, "Giving up on news of a purchase; it was refused {refusals} times.");
                return;
            }
            tracing::warn!(what, %error, wait_seconds = pause.as_secs_f64(), "Cannot make news now; retrying.");
            sleep(pause).await;
            pause = (pause * 2).min(MAX_RETRY);
        }
    }
}

#[cfg(test)]
#[path = "tests/project.rs"]
mod tests;
