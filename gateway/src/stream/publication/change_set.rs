//! The changes of one publication, in the order in which clients get them: views, then positions, then ends.

use std::sync::Arc;

use super::snapshot::DeliverySnapshot;
use crate::protocol::encoded_position::EncodedPosition;

#[derive(Debug, Default)]
pub(crate) struct ChangeSet {
    /// Deliveries that are new, or whose view changed.
    pub views: Vec<Arc<DeliverySnapshot>>,
    /// Positions in the order of the log.
    pub positions: Vec<Arc<EncodedPosition>>,
    /// Deliveries that have ended.
    pub ends: Vec<Arc<DeliverySnapshot>>,
    /// Deliveries that were removed before their end.
    pub gone: Vec<Arc<DeliverySnapshot>>,
}

impl ChangeSet {
    pub(crate) const fn is_empty(&self) -> bool {
        self.views.is_empty() && self.positions.is_empty() && self.ends.is_empty() && self.gone.is_empty()
    }
}
