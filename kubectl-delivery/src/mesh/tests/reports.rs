use super::*;
use crate::cluster::prometheus::tests::one;

fn report(workload: &str, revision: &str, called: &str) -> Series {
    let labels = [
        ("source_workload_namespace", "shop"),
        ("source_workload", workload),
        ("source_canonical_service", "code-delivery-simulator"),
        ("source_canonical_revision", revision),
        ("destination_workload_namespace", "data"),
        ("destination_workload", called),
    ];
    one(&labels, 1.0)
}

#[test]
fn a_caller_that_is_known_by_its_identity_alone_gives_way_to_its_own_report() {
    let own = report("primeiro", "0.1.0", "kafka");
    let by_identity = report("code-delivery-simulator", "unknown", "kafka");
    assert!(is_by_identity(&by_identity) && !is_by_identity(&own));
    let both = [by_identity.clone(), own.clone()];
    assert_eq!(counting(&both).collect::<Vec<_>>(), [&own]);
    let elsewhere = [by_identity.clone(), report("primeiro", "0.1.0", "collector")];
    assert_eq!(counting(&elsewhere).count(), 2, "its own report is about another server");
    assert_eq!(counting(&[by_identity]).count(), 1, "nobody else tells of it");
}

#[test]
fn reports_of_istios_own_proxies_all_count() {
    let own = [report("primeiro", "0.1.0", "kafka"), report("segundo", "latest", "kafka")];
    assert_eq!(counting(&own).count(), 2);
}
