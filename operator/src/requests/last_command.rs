//! Which command took effect last on a Delivery, as an annotation holds it. Pure.
//!
//! Commands come again: the last one before a restart, and all that Kafka still has when the group's offsets are lost. One that is not
//! newer than the last that took effect must not act.

use delivery_messages::Millis;

use crate::requests::request::Origin;

/// The value of the annotation once that record has taken effect.
#[must_use]
pub(crate) fn annotation(origin: &Origin) -> String {
    // A record without a time counts as new; it must not make those after it old.
    let at = if origin.at == Millis::MAX { 0 } else { origin.at };
    format!("{}@{at}", origin.record)
}

/// Whether a record is the last that took effect, or was before it. Offsets order the records of a partition; between partitions, and
/// after the topic was made anew, the broker's time does.
#[must_use]
pub(crate) fn is_outdated(origin: &Origin, last: &str) -> bool {
    let Some((last, at)) = last.rsplit_once('@').and_then(|(last, at)| Some((last, at.parse().ok()?))) else {
        return false;
    };
    match (place(&origin.record), place(last)) {
        (Some((one, offset)), Some((other, before))) if one == other => offset <= before && origin.at <= at,
        _ => origin.at < at,
    }
}

/// `topic/partition`, and the offset.
fn place(record: &str) -> Option<(&str, i64)> {
    let (partition, offset) = record.rsplit_once('/')?;
    Some((partition, offset.parse().ok()?))
}

#[cfg(test)]
#[path = "tests/last_command.rs"]
mod tests;
