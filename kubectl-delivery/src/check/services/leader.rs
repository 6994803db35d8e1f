//! Judges the Lease of the operator: whether one of its pods leads, and renews. Pure.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::LeaseSpec;

use crate::base::duration;
use crate::check::finding::Finding;

/// How long a Lease belongs to its holder if it does not say.
const DEFAULT_DURATION: i32 = 15;
/// Clocks of nodes may differ by as much.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

/// Judges the Lease; `None` if it does not exist. `now` is the time in the cluster; `pods` are the operator's, if they are known.
pub(crate) fn judge(lease: Option<&LeaseSpec>, name: &str, pods: Option<&[&str]>, now: Timestamp) -> Finding {
    let way_out = "See the operator's log; while nobody leads, nothing is reconciled.";
    let Some(lease) = lease else {
        return Finding::wrong(format!("The Lease {name} does not exist: no operator has ever led."), way_out);
    };
    let Some(holder) = lease.holder_identity.as_deref().filter(|holder| !holder.is_empty()) else {
        return Finding::wrong(format!("Nobody holds the Lease {name}: no operator leads."), way_out);
    };
    // The identity is the pod's name, and what tells its processes apart.
    let leader = holder.split('_').next().unwrap_or(holder);
    let limit = SignedDuration::from_secs(lease.lease_duration_seconds.unwrap_or(DEFAULT_DURATION).into()) + SLACK;
    let age = lease.renew_time.as_ref().map(|renewed| now.duration_since(renewed.0));
    let is_pod = pods.is_none_or(|pods| pods.contains(&leader));
    match age {
        Some(age) if age <= limit && is_pod => Finding::right(format!(
            "The operator {leader} leads; it renewed the Lease {name} {} ago.",
            duration::age(age)
        )),
        Some(age) if age <= limit => Finding::warning(
            format!("The Lease {name} is held by {leader}, which is no pod of the operator's any more."),
            format!("Wait for {}; then another one takes over.", duration::age(limit)),
        ),
        Some(age) => Finding::wrong(
            format!("The Lease {name} was last renewed {} ago, by {leader}: no operator leads.", duration::age(age)),
            way_out,
        ),
        None => Finding::wrong(format!("The Lease {name} has never been renewed: no operator leads."), way_out),
    }
}

#[cfg(test)]
#[path = "tests/leader.rs"]
mod tests;
