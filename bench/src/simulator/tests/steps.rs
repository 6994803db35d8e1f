use delivery_messages::NewPosition;

use super::super::overdue::Overdue;
use super::*;

fn deliveries(count: u32) -> (Vec<Delivery>, Millis) {
    let overdue = Overdue::new("run", count).unwrap();
    let file = std::env::temp_dir().join(delivery_e2e::unique("steps"));
    std::fs::write(&file, overdue.file.to_string()).unwrap();
    let deliveries = delivery_simulator::delivery::plans::load(&file);
    std::fs::remove_file(&file).unwrap();
    (deliveries.unwrap(), overdue.start)
}

#[test]
fn the_sample_is_a_position_on_its_way() {
    let position: NewPosition = serde_json::from_slice(&sample(&deliveries(1).0).unwrap()).unwrap();
    assert!(!position.finished && position.seq > 0);
    assert!(sample(&[]).is_err());
}

#[test]
fn vehicles_are_stepped_for_as_long_as_was_asked() {
    let (deliveries, start) = deliveries(20);
    let limit = Duration::from_millis(20);
    let began = Instant::now();
    assert!(moved(&deliveries, limit) > 0.0);
    assert!(driven(deliveries, start, limit).unwrap() > 0.0);
    assert!(began.elapsed() >= 2 * limit);
}

#[test]
fn a_fleet_that_has_arrived_is_no_figure() {
    let (deliveries, _) = deliveries(1);
    let now = jiff::Timestamp::now().as_millisecond();
    assert!(driven(deliveries, now + 60_000, Duration::from_millis(20)).is_err());
}
