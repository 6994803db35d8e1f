//! Takes purchases in hand, has their payments decided, and changes their documents as decided. What is approved goes on to the publisher.
//!
//! Purchases come in two ways. Those that this replica stores are handed over in memory. Those that others store are on the list of those
//! under way, and so are those of this replica while it does not take them. What was lost on either way is still open in the store, and a
//! look at everything that is open finds it.
//!
//! While there is more on the list than the hand has room for, nothing is handed over, and what was before goes on the list. So that is
//! worked off in its order, neither of the two waits for the other for ever, and what is in hand is among the oldest that are open: there
//! the next term finds what was decided and is not in its document yet, before it decides anything.
//!
//! A payer lives as long as a term: whatever fails, it is dropped, and the next one takes everything up from the store.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::locks::lock;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::hand::{self, Hand, Taken};
use crate::domain::decision::{Decision, Numbering, Outcome};
use crate::domain::purchase::{Purchase, State};
use crate::erasing::{forget_settled, keep_to_forget};
use crate::handover::{self, Intake};
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::spans;
use crate::store::Store;

/// The maximum number of decisions in one command.
const BATCH: usize = 128;
/// How often to look at the list of purchases under way, unless there is more on it than was taken.
pub(crate) const POLL: Duration = Duration::from_millis(250);
/// How often to look for purchases that neither the list nor the handover brings.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// That may cost as much as all that ever were, so it takes at most one in so many parts of the time.
const LOOK_SHARE: u32 = 100;
/// After this time a purchase is handed over or on the list of those under way, or never will be.
const SETTLED_AFTER: Millis = 30_000;

/// The ids of purchases that the publisher is done with, until the payer lets them go.
pub(crate) type Settled = Arc<Mutex<Vec<String>>>;

/// The way from the payer to the publisher; it has room for all that may be in hand.
pub(crate) fn channel() -> (mpsc::Sender<Taken>, mpsc::Receiver<Taken>) {
    mpsc::channel(hand::MAX)
}

/// The half of the relay that has purchases paid.
pub(crate) struct Payer<S> {
    store: Arc<S>,
    payments: Arc<Payments>,
    metrics: Metrics,
    numbering: Numbering,
    hand: Hand,
    /// What was found and has no room in the hand yet; it goes before everything else.
    waiting: VecDeque<Taken>,
    intake: Intake,
    approved: mpsc::Sender<Taken>,
    settled: Settled,
    /// When everything that is open is looked at next; none before the first round.
    next_look: Option<Instant>,
    /// When the list of those under way is looked at next; none before the first time.
    next_poll: Option<Instant>,
    /// Whether there is more on the list than was taken.
    has_backlog: bool,
}

impl<S: Store> Payer<S> {
    /// The payer of a term.
    pub(crate) fn new(
        store: Arc<S>,
        payments: Arc<Payments>,
        metrics: Metrics,
        term: u32,
        intake: Intake,
        approved: mpsc::Sender<Taken>,
        settled: Settled,
    ) -> Self {
        Self {
            store,
            payments,
            metrics,
            numbering: Numbering::of(term),
            hand: Hand::default(),
            waiting: VecDeque::new(),
            intake,
            approved,
            settled,
            next_look: None,
            next_poll: None,
            has_backlog: false,
        }
    }

    /// Does what there is to do, at a time of day `at` that is `now` by the clock for durations. When to do so again, if nothing comes before.
    ///
    /// # Errors
    /// When the term ends.
    pub(crate) async fn round(&mut self, at: Millis, now: Instant) -> Result<Instant, Failure> {
        let done = std::mem::take(&mut *lock(&self.settled));
        self.hand.let_go(&done);
        if self.is_to_look(now) {
            let began = Instant::now();
            self.look(at).await?;
            self.next_look = Some(now + pause_after(began.elapsed()));
        }
        self.take(now).await?;
        loop {
            let paid = self.hand.paid(now, BATCH);
            if paid.is_empty() {
                break;
            }
            self.decide(paid, at).await?;
        }
        self.metrics.in_hand(self.hand.len());
        // While the hand is full the list is not looked at, and would be due for ever.
        let next_poll = self.next_poll.filter(|next| *next > now).unwrap_or(now + POLL);
        Ok(self.hand.next_paid().map_or(next_poll, |paid| paid.min(next_poll)))
    }

    /// Whether there is as much to be taken already as goes into a command.
    pub(crate) fn has_batch(&self) -> bool {
        self.hand.room() > 0 && self.intake.waiting() >= BATCH
    }

    /// Whether to look at everything that is open. Later than in the first round that is of no use before there is room for what is found.
    fn is_to_look(&self, now: Instant) -> bool {
        let has_room = self.waiting.is_empty() && self.hand.room() > 0;
        self.next_look.is_none_or(|next| next <= now && has_room)
    }

    /// Finds what is open and not in hand: in the first round all that earlier terms have left, later what neither the list nor the handover brought.
    async fn look(&mut self, at: Millis) -> Result<(), Failure> {
        // The replica before had at most as many in hand and handed over, and what it had in hand was among the first.
        let open = self.store.open(hand::MAX + handover::MAX).await?;
        // What was handed over meanwhile may be among them.
        let on_its_way = self.intake.ids();
        // What was just stored is about to be handed over or to come on the list; whoever takes it here takes it a second time then.
        let is_first = self.next_look.is_none();
        // What a clock that was ahead has stored is not new either.
        let is_due = |purchase: &Purchase| is_first || (purchase.created_at - at).abs() >= SETTLED_AFTER;
        let is_known = |id: &str| self.hand.has(id) || on_its_way.contains(id);
        let new = open.into_iter().filter(|purchase| !is_known(&purchase.id) && is_due(purchase));
        let (pending, mut approved): (Vec<_>, Vec<_>) = new.partition(|purchase| purchase.state == State::Pending);
        let ids: Vec<String> = pending.iter().map(|purchase| purchase.id.clone()).collect();
        let decisions = self.store.decisions(&ids).await?;
        let mut pending: HashMap<String, Purchase> =
            pending.into_iter().map(|purchase| (purchase.id.clone(), purchase)).collect();
        self.apply(&decisions, &pending).await?;
        let decided =
            decisions.iter().filter_map(|decision| Some(pending.remove(&decision.purchase_id)?.decided(decision)));
        approved.extend(decided);
        self.pass_on(approved).await?;
        // In the order of their ids in the list, which is that of their coming.
        let found = ids.iter().filter_map(|id| pending.remove(id));
        self.waiting = found.map(|purchase| Taken { purchase, is_listed: true }).collect();
        Ok(())
    }

    /// Takes in hand what there is room for: what was found, what is on the list, what was handed over.
    async fn take(&mut self, now: Instant) -> Result<(), Failure> {
        while self.hand.room() > 0
            && let Some(taken) = self.waiting.pop_front()
        {
            self.pay(taken, now);
        }
        self.take_listed(now).await?;
        while self.hand.room() > 0
            && let Some(purchase) = self.intake.take()
        {
            self.pay(Taken { purchase, is_listed: false }, now);
        }
        Ok(())
    }

    /// Takes what is new on the list of purchases under way.
    async fn take_listed(&mut self, now: Instant) -> Result<(), Failure> {
        let room = self.hand.room();
        let is_due = self.has_backlog || self.next_poll.is_none_or(|next| next <= now);
        if room == 0 || !is_due {
            return Ok(());
        }
        // What is in hand is at the beginning of the list, so that this many hold all that there is room for.
        let mut ids = self.store.under_way(hand::MAX).await?;
        self.next_poll = Some(now + POLL);
        let is_all = ids.len() < hand::MAX;
        ids.retain(|id| !self.hand.has(id));
        self.has_backlog = !is_all || ids.len() > room;
        if self.has_backlog {
            self.intake.close();
            // It is newer than most of the list, and would be decided before that.
            let handed_over: Vec<Purchase> = std::iter::from_fn(|| self.intake.take()).collect();
            for some in handed_over.chunks(BATCH) {
                self.store.note_under_way(some).await?;
            }
        } else {
            self.intake.open();
        }
        ids.truncate(room);
        if ids.is_empty() {
            return Ok(());
        }
        let entries = self.store.entries(&ids).await?;
        let mut entries: HashMap<String, Purchase> =
            entries.into_iter().map(|purchase| (purchase.id.clone(), purchase)).collect();
        for id in ids {
            if let Some(purchase) = entries.remove(&id) {
                self.pay(Taken { purchase, is_listed: true }, now);
            }
        }
        Ok(())
    }

    /// Takes a purchase in hand, and begins its payment.
    fn pay(&mut self, taken: Taken, now: Instant) {
        let payment = self.payments.of(&taken.purchase);
        self.hand.pay(taken, payment, now);
    }

    /// Notes decisions, changes the documents by those that count, and passes on what is approved.
    async fn decide(&mut self, paid: Vec<(Purchase, Outcome)>, at: Millis) -> Result<(), Failure> {
        let mut purchases = HashMap::with_capacity(paid.len());
        let mut decisions = Vec::with_capacity(paid.len());
        for (purchase, outcome) in paid {
            let sequence = self.numbering.next();
            decisions.push(Decision { purchase_id: purchase.id.clone(), outcome, at, sequence });
            purchases.insert(purchase.id.clone(), purchase);
        }
        let counted = self.store.decide(&decisions).await?;
        self.apply(&counted, &purchases).await?;
        let over = self.over(&decisions, &counted).await?;
        let settled: Vec<Purchase> = over.iter().filter_map(|id| purchases.remove(id)).collect();
        self.close(&settled).await?;
        let decided: Vec<Purchase> = counted
            .iter()
            .filter_map(|decision| Some(purchases.remove(&decision.purchase_id)?.decided(decision)))
            .collect();
        // What is left has a decision that cannot be read; it is looked at again.
        self.hand.let_go(purchases.keys());
        for purchase in &decided {
            self.metrics.decided(purchase.state.name());
            spans::decided(purchase);
        }
        self.pass_on(decided).await
    }

    /// Changes the documents of purchases as decided.
    async fn apply(&mut self, decisions: &[Decision], purchases: &HashMap<String, Purchase>) -> Result<(), Failure> {
        let failing = decisions.iter().filter(|decision| decision.outcome != Outcome::Approved);
        let closing: Vec<&Purchase> = failing.filter_map(|decision| purchases.get(&decision.purchase_id)).collect();
        let kept = keep_to_forget(&*self.store, &closing).await?;
        self.hand.note_listed(&kept);
        Ok(self.store.apply(decisions).await?)
    }

    /// Lets go of purchases in which nothing is left to be done.
    async fn close(&mut self, settled: &[Purchase]) -> Result<(), Failure> {
        forget_settled(&*self.store, &settled.iter().collect::<Vec<_>>()).await?;
        let ids: Vec<String> = settled.iter().map(|purchase| purchase.id.clone()).collect();
        self.store.settle(&self.hand.listed(&ids)).await?;
        self.hand.let_go(&ids);
        Ok(())
    }

    /// Of the purchases that had a decision already, those in which nothing is left to be done: they arrived after somebody had
    /// found them elsewhere. There are hardly ever any.
    async fn over(&self, ours: &[Decision], counted: &[Decision]) -> Result<Vec<String>, Failure> {
        let ours: HashSet<i64> = ours.iter().map(|decision| decision.sequence).collect();
        let mut over = Vec::new();
        for decision in counted.iter().filter(|decision| !ours.contains(&decision.sequence)) {
            let stored = self.store.find(&decision.purchase_id).await?;
            if stored.is_none_or(|purchase| !purchase.is_open()) {
                over.push(decision.purchase_id.clone());
            }
        }
        Ok(over)
    }

    /// Passes on what is approved, in the order of the decisions, and lets go of what has failed.
    async fn pass_on(&mut self, mut decided: Vec<Purchase>) -> Result<(), Failure> {
        decided.sort_by_key(|purchase| purchase.sequence);
        let mut failed = Vec::new();
        for purchase in decided {
            if purchase.state == State::Approved {
                self.hand.publish(&purchase.id);
                let is_listed = self.hand.is_listed(&purchase.id);
                self.approved.send(Taken { purchase, is_listed }).await.map_err(|_| Failure::Alone)?;
            } else {
                failed.push(purchase);
            }
        }
        self.close(&failed).await
    }
}

/// How long after a look the next one is, by how long it took.
fn pause_after(took: Duration) -> Duration {
    LOOK_EVERY.max(took * LOOK_SHARE)
}

#[cfg(test)]
#[path = "tests/payer.rs"]
mod tests;
