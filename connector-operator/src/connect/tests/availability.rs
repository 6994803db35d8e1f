use super::*;

#[test]
fn a_cluster_that_is_available_again_is_reported_once() {
    let health = Health::default();
    let availability = Availability::new(health.clone(), Metrics::default());
    assert!(!availability.record("a", None));
    assert!(!availability.record("b", Some("Connection refused.")));
    assert!(!availability.record("b", Some("Connection refused.")));
    assert!(health.is_ready() && health.report().contains("connect: b: Connection refused."));
    assert!(availability.record("b", None));
    assert!(!availability.record("b", None));
    assert_eq!(health.report(), "ready\n");
}
