//! Sends the e-mails of invoices: takes those that are due, marks them, sends them, notes what came of it. Invoices that were just issued by
//! the same replica are handed over in memory, since some servers read the whole queue to find what is due in it.
//!
//! Any number of replicas may do so at once. The decisions are those of `domain::email`; what another clock has marked is left
//! alone for a while ([`watch`]). Imports `config`, `metrics`, `clock`, `domain`, `spans`, `store`, `pdf` and `mail`.

pub(crate) mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::Heartbeat;
use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::{self, sleep, sleep_until, timeout_at};

use crate::domain::email::Outcome;
use crate::domain::invoice::{Invoice, Issuer};
use crate::mail::mailer::Mailer;
use crate::mail::message::{SenderSettings, letter};
use crate::metrics::Metrics;
use crate::pdf;
use crate::sender::watch::Watch;
use crate::spans;
use crate::store::{EmailChange, Store, StoreError};

/// How often to look for e-mails that are due but for those of invoices that were just issued here.
const POLL: Duration = Duration::from_secs(1);
/// How many batches of those may wait; what finds no room is looked for.
pub(crate) const FRESH: usize = 4;
/// For how long those are taken for being as they were issued.
const FRESH_FOR: Millis = 1_000;
/// The waits after a round in which the server took no e-mail, or the store was away: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(15);
/// How many times the number of connections are taken at once: to find those that are due, some servers read the whole queue. Few enough
/// that a slow mail server has them in the time before [`MARGIN`].
const WAVES: usize = 8;
/// What must be left of a lease when an e-mail is sent; more than the mail server may take.
const MARGIN: Millis = 100_000;
/// The wait before a note is tried again while the store is away.
const NOTE_PAUSE: Duration = Duration::from_millis(500);
/// How long a round may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_mins(10);

/// The time of day.
pub(crate) type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Sends e-mails.
pub(crate) struct Sender<S, M> {
    pub store: Arc<S>,
    pub mailer: Arc<M>,
    /// A name that no other sender has.
    pub holder: String,
    pub issuer: Issuer,
    pub settings: SenderSettings,
    /// How many e-mails are sent at once.
    pub connections: usize,
    /// How long after the issue an e-mail is given up.
    pub give_up_after: Millis,
    pub metrics: Metrics,
    pub clock: Clock,
    /// The marks of other senders that are waited for.
    pub watch: Watch,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// E-mails that were due, without those that another sender may be at.
    pub due: usize,
    /// Those of them that no other sender has taken.
    pub taken: usize,
    /// E-mails that the server has, or has refused.
    pub settled: usize,
    /// Whether there may be more that were due.
    pub has_more: bool,
}

impl<S: Store, M: Mailer> Sender<S, M> {
    /// Sends forever. `fresh` are invoices that were just issued here; the e-mails of all others are looked for.
    pub(crate) async fn run(self, mut fresh: mpsc::Receiver<Vec<Invoice>>, heartbeat: Heartbeat) {
        let (mut pause, mut next_look) = (FIRST_PAUSE, time::Instant::now());
        loop {
            let new = until(next_look, &mut fresh).await;
            let has_looked = new.is_none();
            let round = match new {
                Some(new) => heartbeat.during(self.send_fresh(new)).await,
                None => heartbeat.during(self.round()).await,
            };
            let mut wait = POLL;
            match round {
                Ok(Round { due: 0, .. }) => pause = FIRST_PAUSE,
                // Other replicas were faster; a moment later they are busy with what they have taken.
                Ok(Round { taken: 0, .. }) => wait = FIRST_PAUSE,
                Ok(Round { settled, has_more, .. }) if settled > 0 => {
                    pause = FIRST_PAUSE;
                    if has_more {
                        wait = Duration::ZERO;
                    }
                }
                Ok(_) => {
                    // The server takes nothing.
                    sleep(pause).await;
                    (pause, wait) = ((pause * 2).min(LAST_PAUSE), Duration::ZERO);
                }
                Err(error) => {
                    tracing::warn!(%error, "Cannot look for e-mails, or note what came of them; retrying.");
                    sleep(pause).await;
                    (pause, wait) = ((pause * 2).min(LAST_PAUSE), Duration::ZERO);
                }
            }
            if has_looked || wait.is_zero() {
                next_look = time::Instant::now() + wait;
            }
        }
    }

    /// Sends the e-mails that are due now, up to a limit.
    ///
    /// # Errors
    /// When the store does not respond. What was marked and not noted is sent once more when its lease has ended.
    pub(crate) async fn round(&self) -> Result<Round, StoreError> {
        let due = self.store.due((self.clock)(), self.limit()).await?;
        self.serve(due).await
    }

    /// Sends the e-mails of invoices that were just issued here, up to a limit. Those that have waited are left to be looked for: meanwhile
    /// somebody may have sent them, or the customer may be forgotten.
    async fn send_fresh(&self, mut new: Vec<Invoice>) -> Result<Round, StoreError> {
        let now = (self.clock)();
        new.retain(|invoice| (0..FRESH_FOR).contains(&now.saturating_sub(invoice.issued_at)));
        self.serve(new).await
    }

    /// How many e-mails are taken at once.
    const fn limit(&self) -> usize {
        self.connections * WAVES
    }

    /// Sends e-mails that may be due, up to a limit.
    async fn serve(&self, mut due: Vec<Invoice>) -> Result<Round, StoreError> {
        let has_more = due.len() >= self.limit();
        due.truncate(self.limit());
        let due = self.watch.free(due, (self.clock)(), Instant::now());
        let count = due.len();
        let taken = self.take(due).await?;
        let mut settled = 0;
        for wave in taken.chunks(self.connections.max(1)) {
            let outcomes = join_all(wave.iter().map(|invoice| self.send(invoice))).await;
            settled += outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Sent | Outcome::Refused(_))).count();
            self.note(wave, &outcomes).await?;
        }
        Ok(Round { due: count, taken: taken.len(), settled, has_more })
    }

    /// Marks e-mails as being sent; those that another sender has taken are left out.
    async fn take(&self, due: Vec<Invoice>) -> Result<Vec<Invoice>, StoreError> {
        let now = (self.clock)();
        let mut taken = Vec::with_capacity(due.len());
        let mut changes = Vec::with_capacity(due.len());
        for invoice in due {
            let Some(email) = invoice.email.claimed(now, &self.holder) else { continue };
            changes.push(EmailChange { id: invoice.id.clone(), from: invoice.email.revision, to: email.clone() });
            taken.push(Invoice { email, ..invoice });
        }
        let effects = self.store.change(&changes).await?;
        Ok(taken.into_iter().zip(effects).filter_map(|(invoice, effect)| effect.then_some(invoice)).collect())
    }

    /// Sends one that is marked.
    async fn send(&self, invoice: &Invoice) -> Outcome {
        let now = (self.clock)();
        if invoice.email.due_at - now < MARGIN {
            return Outcome::NotTaken("The mail server was too slow with those before it.".to_owned());
        }
        let span = spans::email(invoice);
        let outcome = self.outcome(invoice, now).await.without(&invoice.customer.email);
        spans::sent(span, &outcome);
        self.metrics.email(outcome.reason());
        let (id, number) = (&invoice.id, invoice.number);
        match &outcome {
            Outcome::Sent => {
                self.metrics.sent((self.clock)() - invoice.approved_at, invoice.email.is_resent);
            }
            Outcome::Refused(error) => {
                tracing::info!(id, number, error, "The e-mail of an invoice was refused for good.");
            }
            Outcome::NotTaken(error) | Outcome::InDoubt(error) => {
                tracing::debug!(id, number, error, "The e-mail of an invoice was not taken; it is sent again later.");
            }
        }
        outcome
    }

    /// What comes of an attempt.
    async fn outcome(&self, invoice: &Invoice, now: Millis) -> Outcome {
        if invoice.customer.is_forgotten() {
            return Outcome::Refused("The customer was erased.".to_owned());
        }
        let pdf = pdf::document(invoice, &self.issuer);
        match letter(invoice, &self.settings, &pdf, now, invoice.email.is_resent) {
            Ok(letter) => self.mailer.send(&letter).await,
            Err(error) => {
                tracing::debug!(id = invoice.id, reason = error.reason(), "There can be no e-mail for an invoice.");
                Outcome::Refused(error.to_string())
            }
        }
    }

    /// Notes what came of e-mails, trying again for as long as they are left to this sender.
    async fn note(&self, sent: &[Invoice], outcomes: &[Outcome]) -> Result<(), StoreError> {
        let now = (self.clock)();
        let changes: Vec<EmailChange> = sent
            .iter()
            .zip(outcomes)
            .map(|(invoice, outcome)| {
                let give_up_at = invoice.issued_at.saturating_add(self.give_up_after);
                let to = invoice.email.after(outcome, now, give_up_at);
                EmailChange { id: invoice.id.clone(), from: invoice.email.revision, to }
            })
            .collect();
        let lease = sent.iter().map(|invoice| invoice.email.due_at).min().unwrap_or(now);
        loop {
            match self.store.change(&changes).await {
                Ok(_) => return Ok(()),
                Err(error) if (self.clock)() >= lease => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "Cannot note yet what came of e-mails; retrying.");
                    sleep(NOTE_PAUSE).await;
                }
            }
        }
    }
}

/// What was issued before a time, at which it is time to look; none then. What waits by then is in the queue as well, and found there.
async fn until(look: time::Instant, fresh: &mut mpsc::Receiver<Vec<Invoice>>) -> Option<Vec<Invoice>> {
    if look > time::Instant::now() {
        match timeout_at(look, fresh.recv()).await {
            Ok(Some(new)) => return Some(new),
            // Nobody issues any more: the process ends.
            Ok(None) => sleep_until(look).await,
            Err(_) => {}
        }
    }
    while fresh.try_recv().is_ok() {}
    None
}
