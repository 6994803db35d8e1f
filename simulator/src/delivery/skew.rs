//! What is done about times in the log and in plans that are far from having come: the clock of another machine was ahead, and no vehicle may
//! stand until this one has come as far. Pure.

use delivery_messages::Millis;

use crate::delivery::plans::Delivery;
use crate::delivery::resume::ResumePoint;

/// How far clocks may differ before one of them counts as wrong. The start of the last of a long list of deliveries is a little ahead as well.
pub const MAX_SKEW: Millis = 5 * 60_000;

/// The time up to which the log tells what the deliveries did, if that is far from having come for all of them: there they go on.
#[must_use]
pub fn ahead(points: impl IntoIterator<Item = ResumePoint>, now: Millis) -> Option<Millis> {
    let told = points.into_iter().filter_map(|point| match point {
        ResumePoint::Started { start, last, .. } => Some(last.map_or(start, |last| last.at)),
        ResumePoint::New | ResumePoint::Ended => None,
    });
    told.min().filter(|told| is_far(*told, now))
}

/// The delivery, which was resumed by now if its plan says that it will be much later.
#[must_use]
pub fn resumed(delivery: &Delivery, now: Millis) -> Delivery {
    let resumed_at = delivery.resumed_at.map(|at| if is_far(at, now) { now } else { at });
    Delivery { resumed_at, ..delivery.clone() }
}

fn is_far(time: Millis, now: Millis) -> bool {
    time > now.saturating_add(MAX_SKEW)
}

#[cfg(test)]
#[path = "tests/skew.rs"]
mod tests;
