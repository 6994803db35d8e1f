use super::*;

#[test]
fn positions_are_due_an_interval_apart_except_after_resumptions() {
    let mut timeline = Timeline::new(500);
    assert_eq!(timeline.due(0), None);
    timeline.begin(0, 1_000);
    timeline.begin(4, 60_000);
    let due: Vec<_> = (0..6).filter_map(|seq| timeline.due(seq)).collect();
    assert_eq!(due, [1_000, 1_500, 2_000, 2_500, 60_000, 60_500]);
}

#[test]
fn an_interruption_in_between_can_be_added_later() {
    let mut timeline = Timeline::new(10);
    timeline.begin(0, 0);
    timeline.begin(8, 1_000);
    timeline.begin(5, 500);
    assert_eq!([4, 5, 7, 8].map(|seq| timeline.due(seq)), [Some(40), Some(500), Some(520), Some(1_000)]);
}
