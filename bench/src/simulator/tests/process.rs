use super::*;

#[test]
fn the_positions_are_found_in_what_a_simulator_exports() {
    let text =
        "# TYPE delivery_simulator_positions_produced counter\ndelivery_simulator_positions_produced_total 42\n# EOF\n";
    assert_eq!(positions(text).unwrap(), 42);
    assert!(positions("# EOF\n").is_err());
}
