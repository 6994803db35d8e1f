use super::*;

#[test]
fn delays_double_up_to_five_minutes_and_begin_anew_after_a_success() {
    let backoff = Backoff::default();
    let delays: Vec<_> = (0..40).map(|_| backoff.failed("a").as_secs()).collect();
    assert_eq!(delays[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!(delays[10..].iter().all(|delay| *delay == 300));
    assert_eq!(backoff.failed("b").as_secs(), 1, "each object has its own");
    backoff.succeeded("a");
    assert_eq!(backoff.failed("a").as_secs(), 1);
    backoff.keep(|uid| uid == "b");
    assert_eq!([backoff.failed("a"), backoff.failed("b")].map(|delay| delay.as_secs()), [1, 2]);
}
