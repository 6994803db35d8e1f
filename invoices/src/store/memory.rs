//! A store in memory, for tests. Between any two of its steps others may go on, and whoever uses it may be killed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use delivery_messages::Millis;
use delivery_observability::locks::lock;

use super::{EmailChange, Outgoing, Store, StoreError};
use crate::domain::email::{Email, EmailState, is_due};
use crate::domain::invoice::Invoice;
use crate::domain::page::{PageQuery, Place};

/// The store.
#[derive(Default)]
pub(crate) struct MemoryStore(Mutex<Content>);

/// What it holds.
#[derive(Default)]
pub(crate) struct Content {
    /// The last numbers, as noted.
    pub last: HashMap<u32, u32>,
    /// The invoices, with their e-mails as noted.
    pub invoices: BTreeMap<String, Invoice>,
    /// The changes of e-mails, by the invoice's id and the revision that they change.
    pub emails: BTreeMap<(String, i64), Email>,
    pub outbox: BTreeMap<String, Millis>,
    pub mails: BTreeMap<String, Millis>,
    /// How many purchases were looked up.
    pub looked_up: usize,
    /// How often the newest invoice was looked for.
    pub searches: usize,
    /// How often e-mails were looked for that are due.
    pub looks: usize,
    /// Up to when customers are forgotten.
    pub erased: HashMap<String, Millis>,
}

impl Content {
    /// An invoice with its e-mail as it is.
    pub(crate) fn invoice(&self, id: &str) -> Option<Invoice> {
        let mut invoice = self.invoices.get(id)?.clone();
        while let Some(email) = self.emails.get(&(id.to_owned(), invoice.email.revision)) {
            invoice.email = email.clone();
        }
        Some(invoice)
    }
}

impl MemoryStore {
    /// What it holds now.
    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.0)
    }

    /// One step of an operation: others may go on before and after it.
    async fn step<T: Send>(&self, step: impl FnOnce(&mut Content) -> T + Send) -> T {
        tokio::task::yield_now().await;
        let done = step(&mut self.content());
        tokio::task::yield_now().await;
        done
    }
}

impl Store for MemoryStore {
    async fn last(&self, series: u32, is_exact: bool) -> Result<u32, StoreError> {
        let last = self.step(|content| {
            content.searches += usize::from(is_exact);
            let noted = content.last.get(&series).copied().filter(|_| !is_exact);
            noted.unwrap_or_else(|| content.invoices.values().map(|invoice| invoice.number).max().unwrap_or_default())
        });
        Ok(last.await)
    }

    async fn note_last(&self, series: u32, last: u32) -> Result<(), StoreError> {
        self.step(|content| content.last.insert(series, last)).await;
        Ok(())
    }

    async fn known(&self, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut known = HashSet::new();
        for id in ids {
            let is_known = self.step(|content| {
                content.looked_up += 1;
                content.invoices.contains_key(id)
            });
            if is_known.await {
                known.insert(id.clone());
            }
        }
        Ok(known)
    }

    async fn announce(&self, ids: &[String], now: Millis) -> Result<(), StoreError> {
        for id in ids {
            self.step(|content| *content.outbox.entry(id.clone()).or_insert(now)).await;
        }
        for id in ids {
            self.step(|content| *content.mails.entry(id.clone()).or_insert(now)).await;
        }
        Ok(())
    }

    async fn add(&self, invoices: &[Invoice]) -> Result<usize, StoreError> {
        for (count, invoice) in invoices.iter().enumerate() {
            let Invoice { id, series, number, .. } = invoice;
            let is_added = self.step(|content| {
                let taken = content.invoices.values().any(|other| (other.series, other.number) == (*series, *number));
                let is_free = !taken && !content.invoices.contains_key(id);
                if is_free {
                    content.invoices.insert(id.clone(), invoice.clone());
                }
                is_free
            });
            if !is_added.await {
                return Ok(count);
            }
        }
        Ok(invoices.len())
    }

    async fn unpublished(&self, announced_before: Millis, limit: usize) -> Result<Vec<Outgoing>, StoreError> {
        let found = self.step(|content| {
            let old = content.outbox.iter().filter(|(_, at)| is_due(**at, announced_before - 1)).take(limit);
            let invoices = old.filter_map(|(id, _)| content.invoices.get(id));
            let mut outgoing: Vec<Outgoing> = invoices.map(Outgoing::of).collect();
            outgoing.sort_by_key(|outgoing| outgoing.message.number);
            outgoing
        });
        Ok(found.await)
    }

    async fn published(&self, ids: &[String]) -> Result<(), StoreError> {
        for id in ids {
            self.step(|content| content.outbox.remove(id)).await;
        }
        Ok(())
    }

    async fn due(&self, now: Millis, limit: usize) -> Result<Vec<Invoice>, StoreError> {
        let due = self.step(|content| {
            content.looks += 1;
            let queued = content.mails.iter().filter(|(_, due_at)| is_due(**due_at, now)).take(limit);
            let queued: Vec<String> = queued.map(|(id, _)| id.clone()).collect();
            let mut due = Vec::new();
            for id in queued {
                let Some(invoice) = content.invoice(&id) else { continue };
                if invoice.email.is_settled() {
                    content.invoices.insert(id.clone(), invoice);
                    content.mails.remove(&id);
                } else if !is_due(invoice.email.due_at, now) {
                    content.mails.insert(id, invoice.email.due_at);
                } else {
                    due.push(invoice);
                }
            }
            due
        });
        Ok(due.await)
    }

    async fn change(&self, changes: &[EmailChange]) -> Result<Vec<bool>, StoreError> {
        let mut effects = Vec::new();
        for EmailChange { id, from, to } in changes {
            let is_done = self.step(|content| {
                let change = content.emails.entry((id.clone(), *from)).or_insert_with(|| to.clone());
                *change == *to
            });
            effects.push(is_done.await);
        }
        let done = changes.iter().zip(&effects).filter(|(_, effect)| **effect).map(|(change, _)| change);
        let done: Vec<&EmailChange> = done.collect();
        for EmailChange { id, to, .. } in done {
            // Whoever is slow may overwrite what is newer.
            self.step(|content| {
                if let Some(invoice) = content.invoices.get_mut(id).filter(|_| to.state != EmailState::Sending) {
                    invoice.email = to.clone();
                }
            })
            .await;
            self.step(|content| {
                if to.is_settled() {
                    content.mails.remove(id);
                } else if let Some(due_at) = content.mails.get_mut(id) {
                    *due_at = to.due_at;
                }
            })
            .await;
        }
        Ok(effects)
    }

    async fn note_erased(&self, customer: &str, at: Millis) -> Result<(), StoreError> {
        self.step(|content| {
            let known = content.erased.entry(customer.to_owned()).or_insert(at);
            *known = at.max(*known);
        })
        .await;
        Ok(())
    }

    async fn erased(&self, customers: &[String]) -> Result<HashMap<String, Millis>, StoreError> {
        let found = self.step(|content| {
            let known = content.erased.iter().filter(|(customer, _)| customers.contains(customer));
            known.map(|(customer, at)| (customer.clone(), *at)).collect()
        });
        Ok(found.await)
    }

    async fn forget(&self, customer: &str, until: Millis) -> Result<(), StoreError> {
        self.step(|content| {
            for invoice in content.invoices.values_mut() {
                if invoice.customer.id == customer && invoice.created_at <= until {
                    invoice.customer = invoice.customer.clone().forgotten();
                }
            }
        })
        .await;
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.content().mails.len()).unwrap())
    }

    async fn invoice(&self, id: &str) -> Result<Option<Invoice>, StoreError> {
        Ok(self.step(|content| content.invoice(id)).await)
    }

    async fn page(&self, query: &PageQuery) -> Result<Vec<Invoice>, StoreError> {
        let found = self.step(|content| {
            let mut all: Vec<_> = content.invoices.values().cloned().collect();
            all.sort_by(|one, other| (other.issued_at, &other.id).cmp(&(one.issued_at, &one.id)));
            let is_wanted = |invoice: &Invoice| {
                query.customer_id.as_ref().is_none_or(|customer| *customer == invoice.customer.id)
                    && query
                        .after
                        .as_ref()
                        .is_none_or(|Place { issued_at, id }| (invoice.issued_at, &invoice.id) < (*issued_at, id))
            };
            all.retain(is_wanted);
            all.truncate(query.limit + 1);
            all
        });
        Ok(found.await)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
