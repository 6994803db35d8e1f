//! Waits for its turn, works for a term, and begins anew after whatever goes wrong.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_observability::Heartbeat;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{self, sleep, sleep_until, timeout};

use super::failure::Failure;
use super::hand::Taken;
use super::log::Log;
use super::payer::{POLL, Payer, Settled, channel};
use super::publisher::{BATCH, Publisher};
use super::refill::Refill;
use super::term::Watch;
use crate::handover::{Handover, Intake};
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::store::{Store, StoreError, Term};

/// How often the holder gives a sign of life, and a standby looks for it.
const BEAT: Duration = Duration::from_secs(2);
/// After this time without a confirmed sign of life the holder stops, well before others take it for gone.
const DEAF: Duration = Duration::from_secs(8);
/// The pause after a failure, which doubles up to the longest one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// How long giving a term up may take at the end of the process.
const FAREWELL: Duration = Duration::from_secs(2);

/// The relay of one replica.
pub(crate) struct Relay<S, L> {
    pub store: Arc<S>,
    pub log: Arc<L>,
    pub payments: Arc<Payments>,
    pub metrics: Metrics,
    /// From where purchases come that this replica has stored.
    pub handover: Arc<Handover>,
    /// The name of this process, another one after each start.
    pub holder: String,
    /// The sign of life of the payer.
    pub heartbeat: Heartbeat,
    /// The sign of life of the publisher, which may wait for Kafka while that is away.
    pub publishing: Heartbeat,
    /// The same of what writes events again that Kafka has lost.
    pub refilling: Heartbeat,
}

impl<S: Store, L: Log> Relay<S, L> {
    /// Works, whenever it is this replica's turn, until `ending` completes.
    pub(crate) async fn run(self, ending: impl Future<Output = ()>) {
        let mut ending = pin!(ending);
        let mut pause = FIRST_PAUSE;
        loop {
            let mut term = tokio::select! {
                () = &mut ending => return,
                term = self.elected() => term,
            };
            tracing::info!(term = term.number, "This replica has purchases paid and writes them to Kafka from now on.");
            self.metrics.working(true);
            let begun = Instant::now();
            let failure = tokio::select! {
                () = &mut ending => None,
                failure = self.work(&mut term) => Some(failure),
            };
            self.metrics.working(false);
            self.metrics.in_hand(0);
            self.log.abandon();
            self.give_up(term).await;
            let Some(failure) = failure else { return };
            self.metrics.failed(failure.reason());
            tracing::warn!(error = %failure, "The relay begins anew; everything is taken up again from MongoDB.");
            // What has worked for a while has not failed again and again.
            pause = if begun.elapsed() > LAST_PAUSE * 2 { FIRST_PAUSE } else { (pause * 2).min(LAST_PAUSE) };
            tokio::select! {
                () = &mut ending => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Waits until this replica has begun a term.
    async fn elected(&self) -> Term {
        let mut watch = Watch::default();
        loop {
            match self.elect(&mut watch).await {
                Ok(Some(term)) => return term,
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "Cannot see whose turn it is; trying again."),
            }
            sleep(BEAT).await;
        }
    }

    async fn elect(&self, watch: &mut Watch) -> Result<Option<Term>, StoreError> {
        let newest = self.store.newest_term().await?;
        let Some(number) = watch.may_begin(newest, &self.holder, Instant::now()) else { return Ok(None) };
        let term = Term { number, holder: self.holder.clone(), beats: 0, is_over: false };
        Ok(self.store.begin_term(&term).await?.then_some(term))
    }

    /// Works until the term ends.
    async fn work(&self, term: &mut Term) -> Failure {
        let (approved, purchases) = channel();
        let settled = Settled::default();
        let (store, payments, metrics) = (Arc::clone(&self.store), Arc::clone(&self.payments), self.metrics.clone());
        let intake = Intake::new(Arc::clone(&self.handover));
        let payer = Payer::new(store, payments, metrics, term.number, intake, approved, Arc::clone(&settled));
        let publisher = Publisher::new(Arc::clone(&self.store), Arc::clone(&self.log), self.metrics.clone(), settled);
        let refill = Refill::new(Arc::clone(&self.store), Arc::clone(&self.log), self.metrics.clone());
        let publishing = Mutex::new(());
        tokio::select! {
            failure = self.pay(payer) => failure,
            failure = publish(publisher, purchases, &publishing, &self.publishing) => failure,
            failure = self.keep(term) => failure,
            () = refill.run(&publishing, &self.refilling) => Failure::Alone,
        }
    }

    async fn pay(&self, mut payer: Payer<S>) -> Failure {
        loop {
            let began = time::Instant::now();
            let next = match self.heartbeat.during(Box::pin(payer.round(now(), began.into_std()))).await {
                Ok(next) => next,
                Err(failure) => return failure,
            };
            // What comes meanwhile is taken together, unless there is as much already as goes into a command. Some servers read the whole list
            // of purchases under way whenever they are asked for any of it, and are busy with that for half of the time at most.
            if !payer.has_batch() {
                sleep(began.elapsed().min(POLL)).await;
            }
            tokio::select! {
                () = self.handover.woken() => {}
                () = sleep_until(next.into()) => {}
            }
        }
    }

    /// Gives signs of life for as long as the term is this replica's.
    async fn keep(&self, term: &mut Term) -> Failure {
        let mut heard = Instant::now();
        loop {
            sleep(BEAT).await;
            term.beats += 1;
            match self.beat(term).await {
                Ok(true) => heard = Instant::now(),
                Ok(false) => return Failure::TakenOver,
                Err(error) => {
                    tracing::debug!(%error, "MongoDB has not taken a sign of life; trying again.");
                    if heard.elapsed() >= DEAF {
                        return Failure::Silent;
                    }
                }
            }
        }
    }

    /// Gives a sign of life. Whether the term is still the newest.
    async fn beat(&self, term: &Term) -> Result<bool, StoreError> {
        self.store.note_term(term).await?;
        let newest = self.store.newest_term().await?;
        Ok(newest.is_some_and(|newest| newest.number == term.number))
    }

    /// Lets another replica take over at once.
    async fn give_up(&self, term: Term) {
        let over = Term { is_over: true, ..term };
        // If that fails, the others wait until they take it for gone.
        let _ = timeout(FAREWELL, self.store.note_term(&over)).await;
    }
}

/// Publishes what is approved. `publishing` is held while anything is under way.
async fn publish<S: Store, L: Log>(
    publisher: Publisher<S, L>,
    mut purchases: mpsc::Receiver<Taken>,
    publishing: &Mutex<()>,
    heartbeat: &Heartbeat,
) -> Failure {
    let mut batch = Vec::with_capacity(BATCH);
    while purchases.recv_many(&mut batch, BATCH).await > 0 {
        let _publishing = publishing.lock().await;
        if let Err(failure) = heartbeat.during(Box::pin(publisher.publish(&batch, now))).await {
            return failure;
        }
        batch.clear();
    }
    Failure::Alone
}

/// The time of day.
fn now() -> delivery_messages::Millis {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/run.rs"]
mod tests;
