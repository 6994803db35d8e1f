use super::*;
use crate::testing::NOW;

#[test]
fn one_clock_that_is_ahead_leaves_nothing_out() {
    let ahead = NOW + 60 * 24 * 3_600_000;
    assert_eq!(since(NOW, NOW), NOW - WINDOW);
    assert_eq!(since(ahead, NOW), NOW - WINDOW, "that of whoever approved the newest purchase");
    assert_eq!(since(NOW, ahead), NOW - WINDOW, "that of this machine");
}
