//! Forgets recipients who are customers: what is read of `customer.erased`. What comes later of what was before is left to
//! [`crate::domain::use_cases`] and [`crate::projector`], which look for the note that is made here first.
//!
//! It may import `domain` and `store`.

use delivery_kafka::consume::erasures::{Eraser, Erasure};
use delivery_observability::Heartbeat;

use crate::domain::ids::RecipientId;
use crate::domain::repository::RepositoryError;
use crate::store::client::Store;

/// The consumer group.
pub(crate) const GROUP: &str = "code-delivery-notifications-erasures";

/// Carries erasures out in the store.
pub(crate) struct Erasing {
    pub store: Store,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
}

impl Eraser for Erasing {
    type Error = RepositoryError;

    async fn erase(&self, Erasure { customer_id, erased_at }: &Erasure) -> Result<(), RepositoryError> {
        // Nobody else is told anything.
        let Ok(id) = RecipientId::read("customerId", customer_id) else { return Ok(()) };
        let work = async {
            self.store.note_erased(id, *erased_at).await?;
            self.store.forget(id, *erased_at).await
        };
        self.heartbeat.during(work).await
    }
}
