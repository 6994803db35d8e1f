use super::*;

fn process(pid: u32, ticks: f64, resident: u64) -> Process {
    Process { pid, ticks, resident, anonymous: resident / 2, working_set: resident + 1, ..Process::default() }
}

#[test]
fn what_was_used_before_the_first_look_is_not_counted_and_a_new_process_is_from_its_beginning() {
    let mut tally = Tally::default();
    tally.take(&[process(1, 500.0, 20)]);
    assert!(tally.used.abs() < f64::EPSILON);
    tally.take(&[process(1, 530.0, 26)]);
    // It was replaced.
    tally.take(&[process(2, 12.0, 22)]);
    tally.take(&[process(2, 20.0, 22)]);
    assert!((tally.used - 50.0).abs() < f64::EPSILON, "{tally:?}");
    assert_eq!((tally.working_set, tally.resident, tally.anonymous), (27, 26, 13));
}

#[test]
fn a_program_that_begins_after_the_first_look_is_counted_from_its_beginning() {
    let mut tally = Tally::default();
    tally.take(&[]);
    tally.take(&[process(7, 9.0, 1)]);
    assert!((tally.used - 9.0).abs() < f64::EPSILON);
}
