use super::*;
use crate::check::finding::Verdict;

const NOW: &str = "2026-11-22T10:00:20Z";

fn judged(lease: Option<&str>) -> (Verdict, String) {
    let lease: Option<LeaseSpec> = lease.map(|text| serde_yaml::from_str(text).unwrap());
    let pods: &[&str] = &["operator-a", "operator-b"];
    let found = judge(lease.as_ref(), "code-delivery-operator", Some(pods), NOW.parse().unwrap());
    (found.result, found.message)
}

#[test]
fn a_leader_has_renewed_its_lease_recently() {
    let held = "{holderIdentity: operator-a_7f1c, leaseDurationSeconds: 15, renewTime: '2026-11-22T10:00:18.500000Z'}";
    assert_eq!(
        judged(Some(held)),
        (
            Verdict::Right,
            "The operator operator-a leads; it renewed the Lease code-delivery-operator 1s ago.".to_owned()
        )
    );
    let gone = held.replace("operator-a", "operator-z");
    assert_eq!(judged(Some(&gone)).0, Verdict::Warning);
    let lease = serde_yaml::from_str(held).unwrap();
    assert_eq!(
        judge(Some(&lease), "operator", None, NOW.parse().unwrap()).result,
        Verdict::Right,
        "no pod may be read"
    );
}

#[test]
fn without_a_leader_something_is_wrong() {
    let old = "{holderIdentity: operator-a_7f1c, leaseDurationSeconds: 15, renewTime: '2026-11-22T09:57:00.000000Z'}";
    let (verdict, message) = judged(Some(old));
    assert_eq!(verdict, Verdict::Wrong);
    assert!(message.contains("last renewed 3m20s ago, by operator-a"), "{message}");
    let released = "{holderIdentity: '', renewTime: '2026-11-22T10:00:18.000000Z'}";
    assert_eq!(judged(Some(released)).1, "Nobody holds the Lease code-delivery-operator: no operator leads.");
    assert_eq!(judged(Some("{holderIdentity: operator-a_7f1c}")).0, Verdict::Wrong);
    assert_eq!(judged(None).0, Verdict::Wrong);
}
