//! Judges what the canary has seen, from its metrics. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::base::duration;
use crate::check::finding::Finding;
use crate::cluster::admin_port::ServicePod;
use crate::cluster::metrics::Metrics;

/// After how many intervals without a success something is wrong: one run may meet a rollout, and the next takes its time.
const INTERVALS: f64 = 3.0;

/// Judges the runs of one pod; `now`: the time in the cluster.
pub(crate) fn judge(pod: &ServicePod, metrics: &Metrics, now: Timestamp) -> Finding {
    let ServicePod { namespace, name, .. } = pod;
    let look = format!("See its log: kubectl logs --namespace {namespace} {name}.");
    let success = metrics.sum("delivery_canary_last_success_timestamp_seconds");
    let (Some(success), Some(interval)) = (success, metrics.sum("delivery_canary_interval_seconds")) else {
        return Finding::warning(format!("The canary {name} does not tell of its runs."), look);
    };
    if success <= 0.0 {
        return Finding::warning(format!("No delivery of the canary {name} has arrived since it started."), look);
    }
    let ago = now.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() - success;
    let text = duration::milliseconds(SignedDuration::try_from_secs_f64(ago).map_or(0, |ago| clamped(ago.as_millis())));
    if ago > INTERVALS * interval {
        return Finding::wrong(format!("The last delivery of the canary {name} arrived {text} ago."), look);
    }
    Finding::right(format!("The last delivery of the canary {name} arrived {text} ago, with every position."))
}

/// Milliseconds; never negative.
fn clamped(milliseconds: i128) -> i64 {
    i64::try_from(milliseconds.max(0)).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "tests/canary.rs"]
mod tests;
