//! One delivery to judge: its plan, its newest state, and the drive that both determine.
//!
//! It also decides which positions must still be in a log after retention has removed its front.

use std::sync::Arc;

use delivery_messages::deliveries::catalogue;
use delivery_messages::{Millis, Plan, Route, State};
use delivery_motion::plan::PlanError;
use delivery_motion::{Drive, Path, PathError};

/// The largest clock difference between a simulator and a broker that is tolerated, in milliseconds.
pub const MAX_CLOCK_SKEW: Millis = 60_000;

/// Why a delivery's positions cannot be recomputed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unverifiable {
    /// The log has no plan of it.
    #[error("Its plan is not in the log.")]
    NoPlan,
    /// The catalogue lacks the route of its plan.
    #[error("Its route {0} is not in the catalogue.")]
    NoRoute(String),
    /// The route's path is not the one that its revision was computed from.
    #[error("The path of the route {0} in the catalogue does not match its revision.")]
    Revision(String),
    /// No vehicle can follow the route.
    #[error("The route {key} cannot be driven: {source}")]
    Path {
        /// The route's key in the catalogue.
        key: String,
        /// What is wrong with its path.
        source: PathError,
    },
    /// The plan is invalid, or belongs to another release of the motion model.
    #[error("Its positions cannot be computed. {0}")]
    Plan(PlanError),
}

impl Unverifiable {
    /// A stable name for the cause.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoPlan => "NoPlan",
            Self::NoRoute(_) => "NoRoute",
            Self::Revision(_) => "RevisionMismatch",
            Self::Path { .. } => "InvalidPath",
            Self::Plan(error) => error.reason(),
        }
    }
}

/// A delivery to judge.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The delivery's id.
    pub id: String,
    /// Its newest plan, if the log has one.
    pub plan: Option<Plan>,
    /// Its newest state, if the log has one.
    pub state: Option<State>,
    /// What its positions are recomputed from.
    pub drive: Result<Drive, Unverifiable>,
}

impl Subject {
    /// Milliseconds between two positions, if known.
    #[must_use]
    pub fn interval(&self) -> Option<Millis> {
        self.plan.as_ref().map(|plan| Millis::from(plan.interval_milliseconds)).filter(|interval| *interval > 0)
    }

    /// When it was last resumed, if ever.
    #[must_use]
    pub fn resumed_at(&self) -> Option<Millis> {
        self.plan.as_ref().and_then(|plan| plan.resumed_at)
    }

    /// The lowest seq that must be in a log that holds everything appended after `complete_since`, given that the oldest
    /// position found there is `first`, due `at`.
    ///
    /// A position is appended when it is due, or later. How early the positions before the last resumption were due is
    /// unknown, so those count as removed unless the whole delivery is younger.
    #[must_use]
    pub fn first_certain(&self, first: u64, at: Millis, complete_since: Millis) -> u64 {
        let certain_after = complete_since.saturating_add(MAX_CLOCK_SKEW);
        let start = self.state.as_ref().map(|state| state.start);
        if complete_since == Millis::MIN || start.is_some_and(|start| start > certain_after) {
            return 0;
        }
        let Some(interval) = self.interval() else { return first };
        let bound = self.resumed_at().map_or(certain_after, |resumed| resumed.max(certain_after));
        let ticks = at.saturating_sub(bound).saturating_sub(1).max(0) / interval;
        first.saturating_sub(ticks.unsigned_abs())
    }
}

/// The path of a record of `route.catalogue`.
///
/// # Errors
/// When the record's content does not match its key or revision, or the path cannot be driven.
pub fn path(key: &str, route: &Route) -> Result<Arc<Path>, Unverifiable> {
    if route.key() != key || catalogue::revision(&route.id, &route.path) != route.revision {
        return Err(Unverifiable::Revision(key.to_owned()));
    }
    let path = Path::new(&route.path).map_err(|source| Unverifiable::Path { key: key.to_owned(), source })?;
    Ok(Arc::new(path))
}

/// What the positions of a plan are recomputed from.
///
/// # Errors
/// When the plan is invalid, or belongs to another release of the motion model.
pub fn drive(plan: &Plan, path: Arc<Path>) -> Result<Drive, Unverifiable> {
    Drive::of_plan(plan, path).map_err(Unverifiable::Plan)
}
