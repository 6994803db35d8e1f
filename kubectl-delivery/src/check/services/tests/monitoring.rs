use super::*;
use crate::check::finding::Verdict;

#[test]
fn what_is_switched_off_is_skipped_and_rules_without_a_monitor_are_wrong() {
    let verdict = |monitors, rules| judge(monitors, rules).result;
    assert_eq!([verdict(None, None), verdict(Some(0), Some(0))], [Verdict::Skipped; 2]);
    assert_eq!([verdict(Some(1), Some(3)), verdict(Some(1), Some(0))], [Verdict::Right; 2]);
    assert_eq!(verdict(Some(0), Some(3)), Verdict::Wrong);
    assert!(judge(Some(1), Some(3)).message.contains("3 PrometheusRules"));
}
