use super::*;

#[test]
fn delays_double_up_to_the_maximum_and_start_over_after_a_success() {
    let backoff = Backoff::default();
    let failed = |uid| backoff.failed(uid, Duration::from_secs(30)).after.as_secs();
    let delays: Vec<_> = (0..40).map(|_| failed("a")).collect();
    assert_eq!(delays[..7], [1, 2, 4, 8, 16, 30, 30]);
    assert!(delays[7..].iter().all(|delay| *delay == 30));
    assert_eq!(backoff.failed("a", Duration::from_mins(5)), Retry { failures: 41, after: Duration::from_mins(5) });
    assert_eq!(failed("b"), 1, "each object has its own");
    backoff.succeeded("a");
    assert_eq!(failed("a"), 1);
    backoff.retain(|uid| uid == "b");
    assert_eq!([failed("a"), failed("b")], [1, 2]);
    backoff.clear();
    assert_eq!([failed("a"), failed("b")], [1, 1]);
}
