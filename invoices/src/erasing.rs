//! Forgets customers: what is read of `customer.erased`. What is issued afterwards of earlier purchases is left to `issuing`.
//!
//! An invoice stays, with its number, its key, its items and its amounts, as the law demands of fiscal documents; name and address are taken
//! out of it. Imports `store`.

use std::sync::Arc;

use delivery_kafka::consume::erasures::{Eraser, Erasure};
use delivery_observability::Heartbeat;

use crate::store::{Store, StoreError};

/// The consumer group.
pub(crate) const GROUP: &str = "code-delivery-invoices-erasures";

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
            // First the note: who issues looks for it again after the invoice is there.
            self.store.note_erased(customer_id, *erased_at).await?;
            self.store.forget(customer_id, *erased_at).await
        };
        self.heartbeat.during(work).await
    }
}

#[cfg(test)]
#[path = "tests/erasing.rs"]
mod tests;
