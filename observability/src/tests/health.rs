use super::*;

#[test]
fn only_an_open_requirement_makes_a_process_not_ready() {
    let health = Health::default();
    health.require("snapshot", "The first snapshot is being read.");
    assert!(!health.is_ready());
    assert_eq!(health.report(), "not ready: snapshot: The first snapshot is being read.\n");
    health.met("snapshot");
    health.dependency("mongodb", Some("connection refused".to_owned()));
    assert!(health.is_ready());
    assert_eq!(health.report(), "ready\ndependency away: mongodb: connection refused\n");
    health.dependency("mongodb", None);
    assert_eq!(health.report(), "ready\n");
}
