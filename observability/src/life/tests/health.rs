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

#[test]
fn a_loop_that_does_not_come_round_in_time_stands_still_until_it_comes_round_or_ends() {
    let health = Health::default();
    assert_eq!(health.is_alive(), Ok(()));
    health.came_round("the loop", Duration::from_mins(1));
    assert_eq!(health.is_alive(), Ok(()));
    health.came_round("the loop", Duration::ZERO);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(health.is_alive(), Err("stuck: the loop\n".to_owned()));
    health.came_round("the loop", Duration::from_mins(1));
    assert_eq!(health.is_alive(), Ok(()));
    health.came_round("the loop", Duration::ZERO);
    health.ended("the loop");
    assert_eq!(health.is_alive(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_hangs_makes_the_process_not_ready_until_it_goes_on() {
    let health = Health::default();
    let heartbeat = health.heartbeat("sweep", Duration::from_mins(1));
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(health.is_ready(), "it has nothing to do");
    let round = heartbeat.round();
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!((health.is_ready(), health.loops()), (true, vec![("sweep", false)]));
    heartbeat.during(async {}).await;
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!((health.is_ready(), health.loops()), (false, vec![("sweep", true)]));
    let why = "One round has taken 75 s so far; it should take at most 60 s.";
    assert_eq!(health.report(), format!("not ready: sweep hangs: {why}\n"));
    drop(round);
    assert_eq!((health.report().as_str(), health.loops()), ("ready\n", vec![("sweep", false)]));
    let _round = heartbeat.round();
    drop(heartbeat);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(!health.is_ready(), "what hangs in a round hangs, although its loop is gone");
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_has_ended_is_not_waited_for() {
    let health = Health::default();
    drop(health.heartbeat("requests", Duration::from_mins(1)));
    assert_eq!(health.loops(), []);
    let again = health.heartbeat("requests", Duration::from_secs(1));
    let _round = again.round();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(health.loops(), [("requests", true)]);
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_waits_for_a_dependency_does_not_hang_while_that_is_away() {
    let health = Health::default();
    let publisher = health.heartbeat_with("publisher", Duration::from_mins(1), "kafka");
    let other = health.heartbeat("other", Duration::from_hours(1));
    let (round, _other) = (publisher.round(), other.round());
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        health.dependency("kafka", Some("no broker responds".to_owned()));
        health.dependency("mongodb", None);
    }
    assert_eq!(health.report(), "ready\ndependency away: kafka: no broker responds\n");
    health.dependency("kafka", None);
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert!(health.is_ready(), "it has as much time as ever");
    health.dependency("mongodb", Some("connection refused".to_owned()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(health.loops(), [("other", false), ("publisher", true)], "it needs nothing that is away");
    drop(round);
    assert!(health.is_ready());
}
