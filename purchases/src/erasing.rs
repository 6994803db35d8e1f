//! Forgets customers: what is read of `customer.erased`, and purchases that are settled afterwards.
//!
//! First the customer is noted, then the purchases are forgotten in which nothing is left to be done. One that is still to be paid or written
//! to Kafka is forgotten by the relay when that is done, which looks for the note after the document is closed: one of the two sees the
//! other's work, wherever either is killed. A relay that is killed before it has looked leaves a purchase that is closed and so found no more,
//! unless it is on the list of those under way; that is why those of customers who are erased already come on it before they are closed. Who
//! is erased in between is forgotten by the eraser's second pass. It may import `domain` and `store`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use delivery_kafka::consume::erasures::{Eraser, Erasure};
use delivery_messages::Millis;
use delivery_observability::Heartbeat;

use crate::domain::purchase::Purchase;
use crate::store::{Store, StoreError};

/// The consumer group.
pub(crate) const GROUP: &str = "code-delivery-purchases-erasures";

/// Carries erasures out in the store.
pub(crate) struct Erasing<S> {
    pub store: Arc<S>,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
}

impl<S: Store> Eraser for Erasing<S> {
    type Error = StoreError;

    async fn erase(&self, Erasure { customer_id, erased_at }: &Erasure) -> Result<(), StoreError> {
        let work = async {
            self.store.note_erased(customer_id, *erased_at).await?;
            self.store.forget(customer_id, *erased_at).await
        };
        self.heartbeat.during(work).await
    }
}

/// Forgets those customers of purchases, in which nothing is left to be done, who were erased after they had bought.
///
/// # Errors
/// When the store does not do it; it can be done again.
pub(crate) async fn forget_settled<S: Store>(store: &S, settled: &[&Purchase]) -> Result<(), StoreError> {
    for (customer, at) in erased(store, settled).await? {
        let is_older = |purchase: &&Purchase| purchase.order.customer.id == customer && purchase.created_at <= at;
        if settled.iter().any(is_older) {
            store.forget(&customer, at).await?;
        }
    }
    Ok(())
}

/// Puts those purchases on the list of those under way, before they are closed, whose customers were erased after they had bought: whoever
/// is killed before it has forgotten them leaves them to be found there. Their ids.
///
/// # Errors
/// When the store does not do it; it can be done again.
pub(crate) async fn keep_to_forget<S: Store>(store: &S, closing: &[&Purchase]) -> Result<Vec<String>, StoreError> {
    let erased = erased(store, closing).await?;
    let mut kept = Vec::new();
    for purchase in closing {
        if erased.get(&purchase.order.customer.id).is_some_and(|at| purchase.created_at <= *at) {
            kept.push(Purchase::clone(purchase));
        }
    }
    if !kept.is_empty() {
        store.note_under_way(&kept).await?;
    }
    Ok(kept.into_iter().map(|purchase| purchase.id).collect())
}

/// Up to when each of the purchases' customers is forgotten, of those who are.
async fn erased<S: Store>(store: &S, purchases: &[&Purchase]) -> Result<HashMap<String, Millis>, StoreError> {
    let customers: BTreeSet<&str> = purchases.iter().map(|purchase| purchase.order.customer.id.as_str()).collect();
    if customers.is_empty() {
        return Ok(HashMap::new());
    }
    let customers: Vec<String> = customers.into_iter().map(str::to_owned).collect();
    store.erased(&customers).await
}

#[cfg(test)]
#[path = "tests/erasing.rs"]
mod tests;
