use super::*;

fn taken(id: &str, customer: &str, ordered: Instant) -> Taken {
    Taken { id: id.to_owned(), customer: customer.to_owned(), ordered, attempts: 1 }
}

#[test]
fn the_first_order_after_a_time_is_found_whichever_was_taken_first() {
    let time = Instant::now();
    let at = |seconds| time + Duration::from_secs(seconds);
    let all = [taken("before", "a", at(0)), taken("second", "a", at(7)), taken("first", "b", at(5))];
    let bought = Bought { orders: 3, taken: all.to_vec(), failures: Vec::new() };
    assert_eq!(bought.ordered_since(at(1)).map(|taken| taken.id.as_str()), Some("first"));
    assert_eq!(bought.ordered_since(at(8)), None);
    assert_eq!(bought.by_customer(), BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
    assert_eq!(bought.ids().len(), 3);
}

#[test]
fn only_what_no_repetition_changes_is_a_refusal_for_good() {
    assert!(is_final(StatusCode::UNPROCESSABLE_ENTITY));
    assert!(is_final(StatusCode::NOT_FOUND));
    for passing in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_GATEWAY] {
        assert!(!is_final(passing), "{passing}");
    }
}
