use super::*;

fn term(beats: i64) -> Term {
    Term { number: 4, holder: "other".to_owned(), beats, is_over: false }
}

#[test]
fn the_first_term_may_be_begun_by_anyone() {
    assert_eq!(Watch::default().may_begin(None, "ours", Instant::now()), Some(1));
}

#[test]
fn a_holder_that_lives_is_left_alone_and_one_that_is_silent_is_replaced() {
    let (mut watch, begun) = (Watch::default(), Instant::now());
    let at = |seconds| begun + Duration::from_secs(seconds);
    assert_eq!(watch.may_begin(Some(term(1)), "ours", at(0)), None);
    assert_eq!(watch.may_begin(Some(term(1)), "ours", at(14)), None);
    assert_eq!(watch.may_begin(Some(term(2)), "ours", at(15)), None, "a sign of life");
    assert_eq!(watch.may_begin(Some(term(2)), "ours", at(29)), None);
    assert_eq!(watch.may_begin(Some(term(2)), "ours", at(30)), Some(5));
}

#[test]
fn a_term_that_was_given_up_or_was_ones_own_is_followed_at_once() {
    let over = Term { is_over: true, ..term(1) };
    assert_eq!(Watch::default().may_begin(Some(over), "ours", Instant::now()), Some(5));
    assert_eq!(Watch::default().may_begin(Some(term(1)), "other", Instant::now()), Some(5));
}
