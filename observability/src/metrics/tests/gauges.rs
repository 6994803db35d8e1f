use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::*;

fn shown(registry: &Registry) -> String {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    text
}

#[test]
fn objects_are_counted_at_each_scrape_and_nothing_is_shown_of_none() {
    let mut registry = Registry::with_prefix("delivery_test");
    registry.register_collector(objects_by("crates", "Crates by state", "state", || vec![("full", 2), ("empty", 0)]));
    registry.register_collector(objects_by("hidden", "Nothing to show", "state", Vec::new));
    let text = shown(&registry);
    for line in [r#"delivery_test_crates{state="full"} 2"#, r#"delivery_test_crates{state="empty"} 0"#] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("hidden"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_loop_is_shown_as_hanging_for_as_long_as_it_does() {
    let (health, mut registry) = (Health::default(), Registry::with_prefix("delivery_test"));
    let relay = health.heartbeat("relay", Duration::from_secs(5));
    let _sender = health.heartbeat("sender", Duration::from_secs(5));
    registry.register_collector(objects_by("hanging_loops", "Loops", "loop", hanging(&health)));
    let round = relay.round();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let text = shown(&registry);
    assert!(text.contains(r#"delivery_test_hanging_loops{loop="relay"} 1"#), "{text}");
    assert!(text.contains(r#"delivery_test_hanging_loops{loop="sender"} 0"#), "{text}");
    drop(round);
    assert!(shown(&registry).contains(r#"delivery_test_hanging_loops{loop="relay"} 0"#));
}

#[tokio::test(start_paused = true)]
async fn readiness_is_what_the_admin_port_answers_at_the_scrape() {
    let (health, mut registry) = (Health::default(), Registry::with_prefix("delivery_test"));
    health.require("log", "Reading the log.");
    registry.register_collector(readiness("ready", "Readiness", &health));
    let line = |value: u8| format!("delivery_test_ready {value}");
    let shows = |value: u8| shown(&registry).lines().any(|found| found == line(value));
    assert!(shows(0), "{}", shown(&registry));
    health.met("log");
    assert!(shows(1), "{}", shown(&registry));
    health.dependency("kafka", Some("It does not answer.".to_owned()));
    assert!(shows(1), "a dependency that is away makes no process unready: {}", shown(&registry));
    let relay = health.heartbeat("relay", Duration::from_secs(5));
    let _round = relay.round();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(shows(0), "a loop that hangs does: {}", shown(&registry));
}
