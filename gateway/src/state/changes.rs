//! What folding records does: the effect of each, and what has changed of deliveries and routes since it was last asked.
//!
//! Pure values. Folding is left to [`crate::state::table`], publishing to [`crate::stream`].

use std::sync::Arc;

use crate::model::delivery::Delivery;
use crate::model::limits::Impossible;
use crate::protocol::encoded_position::EncodedPosition;
use crate::state::catalogue::Catalogue;

/// The effect of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Folded {
    /// It brought something new.
    Applied,
    /// It repeats what is known, or is older.
    Repeat,
    /// It is about a delivery that has ended.
    AfterEnd,
    /// It is about a delivery that is erased.
    Erased,
    /// It is a position of a delivery without a plan.
    Unplanned,
    /// It is not a record of its topic.
    Unreadable,
    /// It is no position that its delivery can have.
    Impossible(Impossible),
}

/// A change of one delivery.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub id: Arc<str>,
    /// Its state now; none when it has left the table.
    pub delivery: Option<Delivery>,
    pub marks: Marks,
    /// Its newest position as it was streamed; none when it was taken from a state.
    pub newest: Option<Arc<EncodedPosition>>,
}

/// What has changed about a delivery.
#[expect(clippy::struct_excessive_bools, reason = "five independent facts")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// It is new, or its phase or title changed.
    pub view: bool,
    /// It has a newer position.
    pub position: bool,
    /// It has come to a final phase.
    pub end: bool,
    /// Its plan has become known.
    pub accepted: bool,
    /// It is erased: nothing about it may be sent any more.
    pub erased: bool,
}

impl Marks {
    /// What has changed since.
    pub(super) fn add(&mut self, more: Self) {
        self.view |= more.view;
        self.position |= more.position;
        self.end |= more.end;
        self.accepted |= more.accepted;
        self.erased |= more.erased;
    }
}

#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Deliveries whose plan is known.
    pub deliveries: Vec<Change>,
    /// The routes, when any changed.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Every new position, in the order of the log.
    pub stream: Vec<Arc<EncodedPosition>>,
    /// How many positions moved a delivery under way.
    pub positions: u64,
    /// Deliveries that have left after their end.
    pub archived: Vec<Delivery>,
}
