use super::*;

#[test]
fn connections_are_closed_evenly_over_the_time_of_draining() {
    let drain = Duration::from_secs(10);
    let mut turns: Vec<_> = (0..1_000).map(|connection| turn(connection, drain)).collect();
    turns.sort_unstable();
    assert!(turns[999] <= drain);
    for (place, turn) in turns.iter().enumerate() {
        let even = drain.mul_f64(f64::from(u32::try_from(place).unwrap()) / 1_000.0);
        assert!(turn.abs_diff(even) < Duration::from_millis(500), "{place}: {turn:?}");
    }
}
