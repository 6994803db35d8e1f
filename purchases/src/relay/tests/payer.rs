use super::*;

#[test]
fn a_look_at_everything_takes_a_hundredth_of_the_time_at_most() {
    assert_eq!(pause_after(Duration::from_millis(5)), LOOK_EVERY);
    assert_eq!(pause_after(Duration::from_secs(3)), Duration::from_mins(5));
}
