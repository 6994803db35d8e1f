//! What a delivery's positions are judged by: its plan, its newest state, and the drive that both give.
//!
//! Pure. It also tells which of its positions must still be in a log whose front retention has removed.

use delivery_messages::{Millis, Plan, Route, State, catalogue};
use delivery_motion::{Drive, Path};
use std::sync::Arc;

/// How far the clocks of a simulator and a broker may be apart, milliseconds.
pub const SKEW: Millis = 60_000;

/// A delivery that is judged.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its id.
    pub id: String,
    /// Its newest plan, if the log has one.
    pub plan: Option<Plan>,
    /// Its newest state, if the log has one.
    pub state: Option<State>,
    /// What its positions are computed by, or why they cannot be: a whole sentence.
    pub drive: Result<Drive, String>,
}

impl Subject {
    /// Milliseconds from one position to the next, if that is known.
    #[must_use]
    pub fn interval(&self) -> Option<Millis> {
        self.plan.as_ref().map(|plan| Millis::from(plan.interval_milliseconds)).filter(|interval| *interval > 0)
    }

    /// When it was last resumed, if it was.
    #[must_use]
    pub fn resumed_at(&self) -> Option<Millis> {
        self.plan.as_ref().and_then(|plan| plan.resumed_at)
    }

    /// The lowest seq that must be in a log that holds all that was appended after `whole_since`, when the oldest one
    /// that is there is `first`, due `at`.
    ///
    /// A position is appended when it is due, or later. How early the ones before the newest resumption were due is not
    /// known, so those count as removed unless the whole delivery is younger.
    #[must_use]
    pub fn first_certain(&self, first: u64, at: Millis, whole_since: Millis) -> u64 {
        let certain_after = whole_since.saturating_add(SKEW);
        let start = self.state.as_ref().map(|state| state.start);
        if whole_since == Millis::MIN || start.is_some_and(|start| start > certain_after) {
            return 0;
        }
        let Some(interval) = self.interval() else { return first };
        let bound = self.resumed_at().map_or(certain_after, |resumed| resumed.max(certain_after));
        let ticks = at.saturating_sub(bound).saturating_sub(1).max(0) / interval;
        first.saturating_sub(ticks.unsigned_abs())
    }
}

/// The path of a record of the catalogue.
///
/// # Errors
/// A sentence, when the record is not what its key promises, or cannot be driven.
pub fn path(key: &str, route: &Route) -> Result<Arc<Path>, String> {
    if route.key() != key || catalogue::revision(&route.id, &route.path) != route.revision {
        return Err(format!("The catalogue's route {key} does not have the content that its revision stands for."));
    }
    let path = Path::new(&route.path).map_err(|error| format!("The route {key} cannot be driven: {error}"))?;
    Ok(Arc::new(path))
}

/// What the positions of a plan are computed by.
///
/// # Errors
/// A sentence, when they cannot be computed.
pub fn drive(plan: &Plan, path: Arc<Path>) -> Result<Drive, String> {
    Drive::of_plan(plan, path).map_err(|error| format!("Its positions cannot be computed. {error}"))
}
