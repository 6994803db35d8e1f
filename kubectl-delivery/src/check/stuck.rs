//! Judges the deliveries: which have not been under way for too long, and why. Pure.

use std::collections::BTreeMap;

use delivery_api::Delivery;
use delivery_api::status::RUNNING;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

use super::finding::Finding;
use crate::base::duration;
use crate::base::output::counted;
use crate::cluster::objects;

/// The most deliveries that are named per reason.
const NAMED: usize = 3;

/// Judges the deliveries: those that are neither under way, suspended nor at their end for longer than `limit` are stuck.
pub(crate) fn judge(deliveries: &[Delivery], limit: SignedDuration, now: Timestamp) -> Vec<Finding> {
    let mut stuck: BTreeMap<&str, Vec<(&Delivery, &str)>> = BTreeMap::new();
    for delivery in deliveries {
        let Some(waiting) = waiting(delivery) else { continue };
        if waiting.since.is_some_and(|since| now.duration_since(since) > limit) {
            stuck.entry(waiting.reason).or_default().push((delivery, waiting.message));
        }
    }
    if stuck.is_empty() {
        let count = counted(u64::try_from(deliveries.len()).unwrap_or(u64::MAX), "delivery", "deliveries");
        return vec![Finding::right(format!("No delivery is stuck ({count})."))];
    }
    stuck.into_iter().map(|(reason, of_reason)| finding(reason, &of_reason, limit)).collect()
}

fn finding(reason: &str, stuck: &[(&Delivery, &str)], limit: SignedDuration) -> Finding {
    let names: Vec<_> = stuck.iter().take(NAMED).map(|(delivery, _)| objects::name(delivery, true)).collect();
    let more = stuck.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let count = counted(u64::try_from(stuck.len()).unwrap_or(u64::MAX), "delivery has", "deliveries have");
    let limit = duration::age(limit);
    let message = stuck.iter().map(|(_, message)| *message).find(|message| !message.is_empty());
    let way_out = message.unwrap_or("The operator has not looked at them; see its log.");
    Finding::warning(
        format!("{count} not been under way for more than {limit} ({reason}): {}{more}.", names.join(", ")),
        way_out,
    )
}

/// Why, and since when, a delivery is not under way.
struct Waiting<'a> {
    reason: &'a str,
    message: &'a str,
    since: Option<Timestamp>,
}

/// `None` if the vehicle is under way, is to wait, or has ended.
fn waiting(delivery: &Delivery) -> Option<Waiting<'_>> {
    if delivery.spec.suspend || delivery.metadata.deletion_timestamp.is_some() || objects::end(delivery).is_some() {
        return None;
    }
    let conditions = delivery.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    match conditions.iter().find(|condition| condition.type_ == RUNNING) {
        Some(running) if running.status == "True" => None,
        Some(running) => Some(Waiting {
            reason: &running.reason,
            message: &running.message,
            since: Some(running.last_transition_time.0),
        }),
        None => {
            let since = delivery.creation_timestamp().map(|time| time.0);
            Some(Waiting { reason: "NotReconciled", message: "", since })
        }
    }
}

#[cfg(test)]
#[path = "tests/stuck.rs"]
mod tests;
