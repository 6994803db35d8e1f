//! What has happened at one publication, in the order in which clients get it.

use std::sync::Arc;

use crate::protocol::encoded_position::Moved;
use crate::stream::snapshot::Shown;

/// What has happened, in the order in which it is told: views, then positions, then ends.
#[derive(Debug, Default)]
pub struct News {
    /// Deliveries that are new, or whose view changed.
    pub views: Vec<Arc<Shown>>,
    /// Positions in the order of the log.
    pub positions: Vec<Arc<Moved>>,
    /// Deliveries that have come to their end.
    pub ends: Vec<Arc<Shown>>,
    /// Deliveries that were taken away in the middle.
    pub gone: Vec<Arc<Shown>>,
}

impl News {
    /// Whether nothing has happened.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.views.is_empty() && self.positions.is_empty() && self.ends.is_empty() && self.gone.is_empty()
    }
}
