use super::*;
use crate::check::finding::Verdict;
use crate::cluster::admin_port::Service;

fn judged(text: &str) -> Finding {
    let pod = ServicePod { service: Service::Canary, namespace: "shop".into(), name: "canary-a".into(), port: 9090 };
    let now = Timestamp::from_second(1_000_000).unwrap();
    judge(&pod, &Metrics::parse(&format!("{text}# EOF\n")).unwrap(), now)
}

fn at(success: u32) -> Finding {
    judged(&format!("delivery_canary_last_success_timestamp_seconds {success}\ndelivery_canary_interval_seconds 180\n"))
}

#[test]
fn a_recent_success_is_right_and_an_old_one_is_wrong() {
    let recent = at(999_900);
    assert_eq!(recent.result, Verdict::Right);
    assert!(recent.message.starts_with("The last delivery of the canary canary-a arrived "), "{}", recent.message);
    assert_eq!(at(1_000_005).result, Verdict::Right, "clocks differ");
    let old = at(999_400);
    assert_eq!(old.result, Verdict::Wrong);
    assert!(old.way_out.unwrap().contains("kubectl logs --namespace shop canary-a"));
}

#[test]
fn what_has_not_succeeded_yet_or_does_not_tell_is_a_warning() {
    assert_eq!([at(0).result, judged("").result], [Verdict::Warning; 2]);
}
