//! When fixes are due: on a first start, after a restart, after a suspension.

use delivery_motion::{Departure, Fixed, Schedule};
use proptest::prelude::*;

#[test]
fn in_the_plain_case_each_seq_is_an_interval_after_the_one_before() {
    let schedule = Schedule::new(Departure::Start(1_000), 500, None);
    assert_eq!((schedule.next_seq(), schedule.at(0), schedule.at(1), schedule.at(20)), (0, 1_000, 1_500, 11_000));
}

#[test]
fn an_outage_is_caught_up_with_the_times_that_were_due() {
    let schedule = Schedule::new(Departure::After(Fixed { seq: 9, at: 5_500 }), 500, None);
    assert_eq!((schedule.next_seq(), schedule.at(10)), (10, 6_000));
    // A minute later, 10 … 118 are due: 60 000 = 6 000 + 108 · 500.
    assert_eq!(schedule.due_before(60_000), 119);
    assert_eq!(schedule.at(118), 60_000);
}

#[test]
fn a_suspension_is_not_caught_up() {
    let schedule = Schedule::new(Departure::After(Fixed { seq: 9, at: 5_500 }), 500, Some(90_000));
    assert_eq!((schedule.at(10), schedule.at(11)), (90_000, 90_500));
    assert_eq!(schedule.due_before(89_999), 10);
    assert_eq!(schedule.due_before(90_000), 11);
}

#[test]
fn an_old_resumption_changes_nothing() {
    let last = Departure::After(Fixed { seq: 9, at: 5_500 });
    assert_eq!(Schedule::new(last, 500, Some(2_000)), Schedule::new(last, 500, None));
}

#[test]
fn a_delivery_that_was_suspended_before_its_first_tick_starts_when_it_is_resumed() {
    assert_eq!(Schedule::new(Departure::Start(1_000), 500, Some(7_000)).at(0), 7_000);
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let schedule = Schedule::new(Departure::After(Fixed { seq: u64::MAX, at: i64::MAX }), u32::MAX, Some(i64::MIN));
    assert_eq!((schedule.next_seq(), schedule.at(u64::MAX)), (u64::MAX, i64::MAX));
    assert_eq!(Schedule::new(Departure::Start(i64::MIN), 1, None).due_before(i64::MAX), 1 << 63);
}

proptest! {
    #[test]
    fn what_is_due_is_exactly_what_has_its_time_behind_it(
        start in 0_i64..2_000_000_000_000, interval in 1_u32..100_000, later in -1_000_000_i64..100_000_000,
    ) {
        let schedule = Schedule::new(Departure::Start(start), interval, None);
        let now = start + later;
        let first_not_due = schedule.due_before(now);
        prop_assert!(schedule.at(first_not_due) > now);
        prop_assert!(first_not_due == 0 || schedule.at(first_not_due - 1) <= now);
    }

    #[test]
    fn a_restart_at_any_seq_keeps_all_times(
        start in 0_i64..2_000_000_000_000, interval in 1_u32..100_000, seq in 0_u64..100_000, ahead in 1_u64..1_000,
    ) {
        let through = Schedule::new(Departure::Start(start), interval, None);
        let taken_up = Schedule::new(Departure::After(Fixed { seq, at: through.at(seq) }), interval, None);
        prop_assert_eq!(taken_up.at(seq + ahead), through.at(seq + ahead));
    }

    #[test]
    fn a_restart_after_a_resumption_keeps_all_times(
        last_at in 0_i64..1_000_000, interval in 1_u32..10_000, resumed in 0_i64..3_000_000, ahead in 1_u64..100,
    ) {
        let resumed_drive = Schedule::new(Departure::After(Fixed { seq: 4, at: last_at }), interval, Some(resumed));
        let restarted = Departure::After(Fixed { seq: 5, at: resumed_drive.at(5) });
        let restarted = Schedule::new(restarted, interval, Some(resumed));
        prop_assert_eq!(restarted.at(5 + ahead), resumed_drive.at(5 + ahead));
    }
}
