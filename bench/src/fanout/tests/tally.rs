use super::*;

fn takes(promise: Promise, seqs: &[u64]) -> Result<Vec<usize>> {
    let mut tally = Tally::new(Arc::new(Due::new(2, 10)), promise, 2);
    seqs.iter().map(|seq| tally.take(Position { delivery: 1, seq: *seq })).collect()
}

#[test]
fn a_client_that_was_promised_every_position_gets_each_once_and_in_order() {
    assert_eq!(takes(Promise::Every, &[0, 1, 2]).unwrap(), [1, 3, 5]);
    for wrong in [&[1][..], &[0, 0], &[0, 2], &[0, 1, 0]] {
        assert!(takes(Promise::Every, wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_client_that_was_promised_the_newest_never_gets_an_older_one() {
    assert_eq!(takes(Promise::Newest, &[0, 3, 4]).unwrap(), [1, 7, 9]);
    assert!(takes(Promise::Newest, &[3, 3]).is_err());
    assert!(takes(Promise::Newest, &[3, 2]).is_err());
}

#[test]
fn what_was_never_published_is_no_position() {
    assert!(takes(Promise::Newest, &[5]).is_err());
    assert!(takes(Promise::Newest, &[u64::MAX]).is_err());
}

#[test]
fn a_problem_at_one_client_is_the_problem_of_all() {
    let (seen, due) = (Seen::new(), Arc::new(Due::new(1, 10)));
    let mut tally = Tally::new(due, Promise::Every, 1);
    let position = |seq| Position { delivery: 0, seq };
    seen.take(&mut tally, &[position(0), position(1)], Instant::now()).unwrap();
    seen.check().unwrap();
    seen.fail(&seen.take(&mut tally, &[position(3)], Instant::now()).unwrap_err());
    assert!(seen.check().unwrap_err().to_string().contains("position 3 came instead of 2"));
    assert_eq!(seen.positions.load(Relaxed), 2);
}
