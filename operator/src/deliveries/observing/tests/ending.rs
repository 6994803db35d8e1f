use super::*;
use crate::testing::{EVICTED, NOW, RUNNING, at, ending, pod};

#[test]
fn a_pod_that_failed_or_is_deleted_counts_from_when_that_was_first_seen() {
    let known = Ending::default();
    let seconds = |seconds: i64| at("2026-11-22T10:00:00Z") + jiff::SignedDuration::from_secs(seconds);
    let note = |pods: &[PodView], now| known.note("a", pods, seconds(now));
    assert_eq!(note(&[pod(1, RUNNING)], 0), None);
    assert_eq!(note(&[pod(1, EVICTED)], 1), Some(seconds(1)));
    assert_eq!(note(&[pod(1, EVICTED)], 9), Some(seconds(1)));
    assert_eq!(note(&[ending(pod(1, EVICTED), NOW)], 10), Some(seconds(10)), "it is deleted");
    assert_eq!(note(&[ending(pod(1, EVICTED), NOW), pod(2, RUNNING)], 11), None, "there is a newer one");
    assert_eq!(note(&[ending(pod(2, RUNNING), NOW)], 12), Some(seconds(12)));
    known.keep(&HashSet::new());
    assert_eq!(note(&[ending(pod(2, RUNNING), NOW)], 13), Some(seconds(13)));
}
