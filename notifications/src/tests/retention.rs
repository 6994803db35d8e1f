use super::*;

#[test]
fn what_is_older_than_so_many_days_is_not_kept() {
    assert_eq!(oldest(1, 86_400_007), 7);
    assert!(oldest(u32::MAX, 0) < 0);
}

#[test]
fn a_clock_that_is_ahead_removes_nothing_unless_all_are() {
    let (right, ahead) = (1_796_018_000_000, 1_796_018_000_000 + 60 * DAY);
    assert_eq!(agreed(ahead, right, Some(right)), right, "that of this machine");
    assert_eq!(agreed(right, ahead, Some(right)), right, "that of whoever made the newest notification");
    assert_eq!(agreed(right, right, Some(ahead)), right, "that of the database");
    assert_eq!(agreed(ahead, right, None), right, "a database that does not tell");
    assert_eq!(agreed(ahead, ahead, Some(ahead)), ahead);
}
