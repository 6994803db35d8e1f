use super::*;

#[test]
fn a_burst_is_let_through_and_no_more() {
    let (now, rate) = (Instant::now(), Rate::new(20, 1));
    let mut bucket = TokenBucket::full(rate, now);
    assert_eq!((0..100).filter(|_| bucket.take(rate, now)).count(), 20);
    assert!(!bucket.take(rate, now + Duration::from_millis(49)));
    assert!(bucket.take(rate, now + Duration::from_millis(100)));
    assert_eq!((0..100).filter(|_| bucket.take(rate, now + Duration::from_mins(1))).count(), 20);
}

#[test]
fn a_time_that_goes_back_gives_nothing_twice() {
    let (now, rate) = (Instant::now(), Rate::new(1, 10));
    let mut bucket = TokenBucket::full(rate, now);
    assert_eq!((0..10).filter(|_| bucket.take(rate, now)).count(), 10);
    let later = now + Duration::from_secs(2);
    assert!(bucket.take(rate, later) && bucket.take(rate, later));
    assert!(!bucket.take(rate, now));
    assert!(!bucket.take(rate, later), "those two seconds have given their tokens");
}

#[test]
fn an_empty_bucket_tells_how_long_to_wait() {
    let (now, rate) = (Instant::now(), Rate::new(2, 5));
    let mut bucket = TokenBucket::full(rate, now);
    assert_eq!(bucket.wait(rate, now), None);
    assert_eq!((0..100).filter(|_| bucket.take(rate, now)).count(), 10);
    let wait = bucket.wait(rate, now).unwrap();
    assert_eq!(wait, Duration::from_millis(500));
    assert!(bucket.take(rate, now + wait), "after that time there is one");
}
