use delivery_simulator::delivery::plans;
use delivery_simulator::delivery::resume::Past;
use delivery_simulator::vehicles::vehicle::Vehicle;

use super::*;

#[test]
fn every_plan_can_be_driven_and_all_its_positions_were_due_before_now() {
    let overdue = Overdue::new("run", 3).unwrap();
    let file = std::env::temp_dir().join(delivery_e2e::unique("overdue"));
    std::fs::write(&file, overdue.file.to_string()).unwrap();
    let deliveries = plans::load(&file);
    std::fs::remove_file(&file).unwrap();
    let deliveries = deliveries.unwrap();
    assert_eq!(deliveries.len(), 3);
    let now = jiff::Timestamp::now().as_millisecond();
    for (delivery, state) in deliveries.into_iter().zip(&overdue.states) {
        assert_eq!(delivery.id, state.delivery_id);
        assert!(delivery.drive.last_seq() >= u64::from(POSITIONS), "{}", delivery.drive.last_seq());
        let mut past = Past::default();
        past.state(state.clone());
        let vehicle = Vehicle::new(delivery, past.resume_point(), now).unwrap();
        assert_eq!(vehicle.next_at(), Some(overdue.start));
    }
    assert!(overdue.start + Millis::from(POSITIONS - 1) * Millis::from(INTERVAL) <= now);
}
