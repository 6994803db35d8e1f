use std::time::Duration;

use super::*;

#[test]
fn a_burst_of_one_second_is_let_through_and_no_more() {
    let now = Instant::now();
    let mut bucket = RateLimit::new(20, now);
    assert_eq!((0..100).filter(|_| bucket.take(now)).count(), 20);
    assert!(!bucket.take(now + Duration::from_millis(49)));
    assert!(bucket.take(now + Duration::from_millis(100)));
    assert_eq!((0..100).filter(|_| bucket.take(now + Duration::from_mins(1))).count(), 20);
}
