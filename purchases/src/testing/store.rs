//! A store in memory, which can be told to fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use delivery_messages::Millis;
use delivery_observability::locks::lock;

use super::fuse::Fuse;
use crate::domain::decision::Decision;
use crate::domain::email::Email;
use crate::domain::purchase::{Purchase, State};
use crate::domain::text::Name;
use crate::store::listing::ListingQuery;
use crate::store::{Insertion, Store, StoreError, Term};

/// A store in memory.
#[derive(Default)]
pub(crate) struct MemoryStore(Mutex<Content>);

#[derive(Default)]
struct Content {
    purchases: BTreeMap<String, Purchase>,
    under_way: BTreeMap<(Millis, String), Purchase>,
    decisions: BTreeMap<String, Decision>,
    terms: BTreeMap<u32, Term>,
    erased: HashMap<String, Millis>,
    log_id: Option<String>,
    /// How many purchases were to be taken off the list of those under way.
    settled: usize,
    fuse: Fuse,
}

impl MemoryStore {
    /// Lets `commands` more succeed; of the next one, `carried_out` parts are, and it fails like all that follow.
    pub(crate) fn fail_after(&self, commands: usize, carried_out: usize) {
        lock(&self.0).fuse.fail_after(commands, carried_out);
    }

    /// Lets all commands succeed again.
    pub(crate) fn mend(&self) {
        lock(&self.0).fuse.mend();
    }

    /// How many commands there were.
    pub(crate) fn commands(&self) -> usize {
        lock(&self.0).fuse.commands()
    }

    /// All purchases.
    pub(crate) fn all(&self) -> Vec<Purchase> {
        lock(&self.0).purchases.values().cloned().collect()
    }

    /// A purchase, without a command.
    pub(super) fn stored(&self, id: &str) -> Option<Purchase> {
        lock(&self.0).purchases.get(id).cloned()
    }

    /// How many purchases are on the list of those under way.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.0).under_way.len()
    }

    /// How many purchases were to be taken off that list.
    pub(crate) fn settled(&self) -> usize {
        lock(&self.0).settled
    }

    /// Stores purchases and puts them on the list of those under way, as a replica does whose relay does not work.
    pub(crate) async fn insert_listed(&self, purchases: &[Purchase]) {
        self.insert(purchases).await.unwrap();
        self.note_under_way(purchases).await.unwrap();
    }

    /// Runs a command of `parts` parts, each of which is carried out unless it fails before.
    fn run(&self, parts: usize, mut part: impl FnMut(&mut Content, usize)) -> Result<(), StoreError> {
        let mut guard = lock(&self.0);
        let content = &mut *guard;
        let (carried_out, succeeds) = content.fuse.burn(parts);
        for place in 0..carried_out {
            part(content, place);
        }
        if succeeds { Ok(()) } else { Err(StoreError::Unavailable) }
    }

    /// Runs a query.
    fn query<T>(&self, answer: impl FnOnce(&Content) -> T) -> Result<T, StoreError> {
        let mut guard = lock(&self.0);
        let content = &mut *guard;
        let (_, succeeds) = content.fuse.burn(0);
        if succeeds { Ok(answer(content)) } else { Err(StoreError::Unavailable) }
    }
}

impl Store for MemoryStore {
    async fn insert(&self, purchases: &[Purchase]) -> Result<Vec<Insertion>, StoreError> {
        let mut insertions = vec![Insertion::Known; purchases.len()];
        self.run(purchases.len(), |content, place| {
            let purchase = &purchases[place];
            if !content.purchases.contains_key(&purchase.id) {
                content.purchases.insert(purchase.id.clone(), purchase.clone());
                insertions[place] = Insertion::Stored;
            }
        })?;
        Ok(insertions)
    }

    async fn note_under_way(&self, purchases: &[Purchase]) -> Result<(), StoreError> {
        self.run(purchases.len(), |content, place| {
            let purchase = &purchases[place];
            content.under_way.entry((purchase.created_at, purchase.id.clone())).or_insert_with(|| purchase.clone());
        })
    }

    async fn find(&self, id: &str) -> Result<Option<Purchase>, StoreError> {
        self.query(|content| content.purchases.get(id).cloned())
    }

    async fn list(&self, query: &ListingQuery) -> Result<Vec<Purchase>, StoreError> {
        let mut found = self.query(|content| content.purchases.values().cloned().collect::<Vec<_>>())?;
        found.retain(|purchase| {
            query.customer_id.as_ref().is_none_or(|id| *id == purchase.order.customer.id)
                && query.state.is_none_or(|state| state == purchase.state)
                && query.after.as_ref().is_none_or(|cursor| cursor.is_before(purchase))
        });
        found.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
        found.truncate(query.limit + 1);
        Ok(found)
    }

    async fn under_way(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        self.query(|content| content.under_way.keys().take(limit).map(|(_, id)| id.clone()).collect())
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Purchase>, StoreError> {
        self.query(|content| {
            content.under_way.values().filter(|purchase| ids.contains(&purchase.id)).cloned().collect()
        })
    }

    async fn open(&self, limit: usize) -> Result<Vec<Purchase>, StoreError> {
        let mut open = self.query(|content| {
            content.purchases.values().filter(|purchase| purchase.is_open()).cloned().collect::<Vec<_>>()
        })?;
        open.sort_by_key(|purchase| (purchase.state.name(), purchase.created_at, purchase.id.clone()));
        open.truncate(limit);
        Ok(open)
    }

    async fn decisions(&self, ids: &[String]) -> Result<Vec<Decision>, StoreError> {
        self.query(|content| ids.iter().filter_map(|id| content.decisions.get(id).cloned()).collect())
    }

    async fn decide(&self, decisions: &[Decision]) -> Result<Vec<Decision>, StoreError> {
        self.run(decisions.len(), |content, place| {
            let decision = &decisions[place];
            content.decisions.entry(decision.purchase_id.clone()).or_insert_with(|| decision.clone());
        })?;
        let ids: Vec<String> = decisions.iter().map(|decision| decision.purchase_id.clone()).collect();
        self.decisions(&ids).await
    }

    async fn apply(&self, decisions: &[Decision]) -> Result<(), StoreError> {
        self.run(decisions.len(), |content, place| {
            let decision = &decisions[place];
            if let Some(purchase) = content.purchases.get_mut(&decision.purchase_id) {
                // Like a statement that sets fields, whatever they were.
                let pending = Purchase { state: State::Pending, ..purchase.clone() };
                *purchase = pending.decided(decision);
            }
        })
    }

    async fn note_published(&self, ids: &[String], at: Millis) -> Result<(), StoreError> {
        self.run(ids.len(), |content, place| {
            if let Some(purchase) = content.purchases.get_mut(&ids[place]) {
                purchase.published_at = Some(at);
            }
        })
    }

    async fn newest_approval(&self) -> Result<Option<Millis>, StoreError> {
        self.query(|content| {
            let published = content.purchases.values().filter(|purchase| purchase.published_at.is_some());
            published.max_by_key(|purchase| purchase.sequence).and_then(|purchase| purchase.approved_at)
        })
    }

    async fn published_since(&self, since: Millis, after: i64, limit: usize) -> Result<Vec<Purchase>, StoreError> {
        let mut found = self.query(|content| {
            let is_wanted = |purchase: &&Purchase| {
                purchase.published_at.is_some()
                    && purchase.approved_at >= Some(since)
                    && purchase.sequence > Some(after)
                    && !purchase.fingerprint.is_empty()
            };
            content.purchases.values().filter(is_wanted).cloned().collect::<Vec<_>>()
        })?;
        found.sort_by_key(|purchase| purchase.sequence);
        found.truncate(limit);
        Ok(found)
    }

    async fn log_id(&self) -> Result<Option<String>, StoreError> {
        self.query(|content| content.log_id.clone())
    }

    async fn note_log_id(&self, id: &str) -> Result<(), StoreError> {
        self.run(1, |content, _| content.log_id = Some(id.to_owned()))
    }

    async fn settle(&self, ids: &[String]) -> Result<(), StoreError> {
        self.run(ids.len(), |content, place| {
            content.settled += 1;
            content.under_way.retain(|(_, id), _| *id != ids[place]);
        })
    }

    async fn note_erased(&self, customer: &str, at: Millis) -> Result<(), StoreError> {
        self.run(1, |content, _| {
            let known = content.erased.entry(customer.to_owned()).or_insert(at);
            *known = at.max(*known);
        })
    }

    async fn erased(&self, customers: &[String]) -> Result<HashMap<String, Millis>, StoreError> {
        self.query(|content| {
            let erased = content.erased.iter().filter(|(customer, _)| customers.contains(customer));
            erased.map(|(customer, at)| (customer.clone(), *at)).collect()
        })
    }

    async fn forget(&self, customer: &str, until: Millis) -> Result<(), StoreError> {
        self.run(1, |content, _| {
            for purchase in content.purchases.values_mut() {
                if purchase.order.customer.id == customer && purchase.created_at <= until && !purchase.is_open() {
                    purchase.order.customer.name = Name::stored("");
                    purchase.order.customer.email = Email::stored("");
                    purchase.fingerprint = String::new();
                }
            }
        })
    }

    async fn newest_term(&self) -> Result<Option<Term>, StoreError> {
        self.query(|content| content.terms.values().last().cloned())
    }

    async fn begin_term(&self, term: &Term) -> Result<bool, StoreError> {
        let mut is_new = false;
        self.run(1, |content, _| {
            is_new = !content.terms.contains_key(&term.number);
            content.terms.entry(term.number).or_insert_with(|| term.clone());
        })?;
        Ok(is_new)
    }

    async fn note_term(&self, term: &Term) -> Result<(), StoreError> {
        self.run(1, |content, _| {
            if let Some(known) = content.terms.get_mut(&term.number) {
                known.clone_from(term);
            }
        })
    }
}
