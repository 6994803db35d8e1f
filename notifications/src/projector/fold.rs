//! Gathers what the records of a batch mean: what is to be kept of each purchase, and of each customer. Pure.
//!
//! It knows which deliveries are under way and somebody's, so that the states of all others are passed over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use delivery_kafka::NextOffsets;
use delivery_messages::{DecodeError, InvoiceIssued, Millis, NewDirection, Plan, Purchase, State, Topic, decode};

use super::early::{Early, HOLD};
use super::kind::{Kind, Kinds, of_plan, of_state};
use super::order::{Bought, Delivering, Facts, Invoice};
use crate::domain::ids::{RecipientId, is_uuid};
use crate::domain::invalid::Invalid;
use crate::domain::recipient::Customer;
use crate::domain::text::Email;
use crate::group::Record;

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRecord {
    /// It is not of its topic's shape.
    #[error(transparent)]
    Shape(#[from] DecodeError),
    /// An id in it is none.
    #[error(transparent)]
    Value(#[from] Invalid),
}

impl BadRecord {
    /// A stable name, for metrics.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Shape(error) => error.reason(),
            Self::Value(error) => error.reason(),
        }
    }
}

/// What a record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// Something is to be kept, and may be news.
    News,
    /// It tells nothing new.
    Nothing,
    /// It is of a delivery of nobody who is known.
    Nobodys,
}

impl Folded {
    /// The name in metrics.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Nothing => "none",
            Self::Nobodys => "nobodys",
        }
    }
}

/// What is to be kept of one purchase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub facts: Facts,
    /// The trace context of the newest record.
    pub trace: Option<String>,
}

/// What a batch of records means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// What each customer is known by: the newest purchase.
    pub customers: BTreeMap<RecipientId, Customer>,
    /// What is to be kept, by the purchase's id, or by the delivery's where none was bought.
    pub steps: BTreeMap<String, Step>,
}

impl Work {
    /// What is left of it when people are forgotten up to some time: what is from before is passed over. A customer is met again only because
    /// of a purchase from afterwards.
    #[must_use]
    pub(crate) fn without(&self, erased: &BTreeMap<RecipientId, Millis>) -> Cow<'_, Self> {
        if erased.is_empty() {
            return Cow::Borrowed(self);
        }
        let is_before = |(id, at): (RecipientId, Millis)| erased.get(&id).is_some_and(|erased| at <= *erased);
        let mut left = self.clone();
        left.steps.retain(|_, step| !step.facts.concern().is_some_and(is_before));
        let buyers: BTreeSet<RecipientId> =
            left.steps.values().filter_map(|step| Some(step.facts.bought.as_ref()?.customer)).collect();
        left.customers.retain(|id, _| !erased.contains_key(id) || buyers.contains(id));
        Cow::Owned(left)
    }
}

/// A delivery that is somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tracked {
    /// What its order is kept under.
    subject: String,
    /// The kinds that need not be told again.
    seen: Kinds,
    /// When its end was read.
    ended: Option<Millis>,
}

/// What the records of a member's partitions have told so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fold {
    tracked: HashMap<String, Tracked>,
    early: Early,
    work: Work,
}

/// A delivery that is under way, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    pub delivery: String,
    /// What its order is kept under.
    pub subject: String,
    /// The kinds of news that were told. What is kept and was not told is taken up again with its record.
    pub told: Kinds,
}

impl Fold {
    /// Begins anew with the deliveries that are under way: other partitions may be read from now on.
    pub(crate) fn begin(&mut self, under_way: Vec<UnderWay>) {
        self.early.clear();
        self.tracked = under_way
            .into_iter()
            .map(|UnderWay { delivery, subject, told }| (delivery, Tracked { subject, seen: told, ended: None }))
            .collect();
    }

    /// Takes a record.
    ///
    /// # Errors
    /// When it cannot be used; it changes nothing then.
    pub(crate) fn take(&mut self, record: &Record, now: Millis) -> Result<Folded, BadRecord> {
        let value = record.value.as_deref();
        match record.topic {
            Topic::Purchase => self.purchase(decode(Topic::Purchase, value)?, record),
            Topic::DeadLetters => Ok(self.refusal(record)),
            Topic::InvoiceIssued => Ok(self.invoice(&decode(Topic::InvoiceIssued, value)?, record)),
            // Tombstones: what they remove ended long ago.
            Topic::Plan | Topic::State if value.is_none() => Ok(Folded::Nothing),
            Topic::Plan => Ok(self.plan(decode(Topic::Plan, value)?, record, now)),
            Topic::State => Ok(self.state(&decode(Topic::State, value)?, record, now)),
            _ => Ok(Folded::Nothing),
        }
    }

    /// What is to be done because of the records since the last time, and which of these offsets may be committed after it.
    pub(crate) fn finish(&mut self, mut offsets: NextOffsets, now: Millis) -> (Work, NextOffsets) {
        self.early.expire(now);
        self.tracked.retain(|_, tracked| tracked.ended.is_none_or(|ended| now.saturating_sub(ended) < HOLD));
        self.early.hold_back(&mut offsets);
        (std::mem::take(&mut self.work), offsets)
    }

    fn purchase(&mut self, purchase: Purchase, record: &Record) -> Result<Folded, BadRecord> {
        let Purchase { purchase_id, customer, total_cents, created_at: at, .. } = purchase;
        let (id, language) = (RecipientId::read("customer.id", &customer.id)?, customer.language);
        let customer = Customer { id, email: Email::new(customer.email).ok(), language, at };
        if self.work.customers.get(&id).is_none_or(|known| known.at <= at) {
            self.work.customers.insert(id, customer);
        }
        let bought = Some(Bought { customer: id, language, total_cents, at });
        self.add(&purchase_id, Facts { bought, kinds: [Kind::Approved].into(), ..Facts::default() }, record);
        Ok(Folded::News)
    }

    fn invoice(&mut self, issued: &InvoiceIssued, record: &Record) -> Folded {
        let invoice = Some(Invoice { number: issued.number });
        let facts = Facts { invoice, kinds: [Kind::Invoiced].into(), ..Facts::default() };
        self.add(&issued.purchase_id, facts, record);
        Folded::News
    }

    /// A dead letter, whose value is that of the record that could not be served. A customer's request for a delivery is the only one that
    /// is news; most are of other topics.
    fn refusal(&mut self, record: &Record) -> Folded {
        let Ok(request) = NewDirection::decode(record.value.as_deref()) else { return Folded::Nobodys };
        let is_customers = RecipientId::read("clientId", &request.client_id).is_ok();
        let Some(purchase) = request.request_id.filter(|id| is_customers && is_uuid(id)) else {
            return Folded::Nobodys;
        };
        self.add(&purchase, Facts { kinds: [Kind::Refused].into(), ..Facts::default() }, record);
        Folded::News
    }

    fn plan(&mut self, plan: Plan, record: &Record, now: Millis) -> Folded {
        // Customers' ids are UUIDs; whoever asks with another name is nobody who is known.
        let Ok(client) = RecipientId::read("clientId", &plan.client_id) else {
            self.early.take(&plan.delivery_id);
            return Folded::Nobodys;
        };
        let mut kinds = of_plan(&plan);
        let Plan { delivery_id: delivery, request_id, namespace, name, created_at: at, .. } = plan;
        kinds.append(&mut self.early.take(&delivery));
        let subject = request_id.filter(|id| is_uuid(id)).map_or_else(|| delivery.clone(), |id| subject(&id));
        let fresh = || Tracked { subject: subject.clone(), seen: Kinds::new(), ended: None };
        let tracked = self.tracked.entry(delivery.clone()).or_insert_with(fresh);
        if !tracked.learn(&mut kinds, now) {
            return Folded::Nothing;
        }
        let delivering = Some(Delivering { delivery, client, namespace, name, at });
        self.add(&subject, Facts { delivering, kinds, ..Facts::default() }, record);
        Folded::News
    }

    fn state(&mut self, state: &State, record: &Record, now: Millis) -> Folded {
        let mut kinds = of_state(state);
        let Some(tracked) = self.tracked.get_mut(&state.delivery_id) else {
            self.early.hold(&state.delivery_id, kinds, record, now);
            return Folded::Nobodys;
        };
        if !tracked.learn(&mut kinds, now) {
            return Folded::Nothing;
        }
        let subject = tracked.subject.clone();
        self.add(&subject, Facts { kinds, ..Facts::default() }, record);
        Folded::News
    }

    fn add(&mut self, id: &str, facts: Facts, record: &Record) {
        let step = self.work.steps.entry(subject(id)).or_default();
        step.facts.and(facts);
        if record.trace.is_some() {
            step.trace.clone_from(&record.trace);
        }
    }
}

impl Tracked {
    /// Leaves the kinds that are not kept yet; false if there are none.
    fn learn(&mut self, kinds: &mut Kinds, now: Millis) -> bool {
        kinds.retain(|kind| self.seen.insert(*kind));
        if kinds.iter().any(|kind| kind.is_final()) {
            self.ended = Some(now);
        }
        !kinds.is_empty()
    }
}

/// What is kept under an id. UUIDs may be written with large letters.
fn subject(id: &str) -> String {
    if is_uuid(id) { id.to_ascii_lowercase() } else { id.to_owned() }
}

#[cfg(test)]
#[path = "tests/fold.rs"]
mod tests;
