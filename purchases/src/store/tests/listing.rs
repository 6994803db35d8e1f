use delivery_fuzz::Fuzz;

use super::*;
use crate::testing::{NOW, purchase};

const ID: &str = "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c";

fn read(pairs: &[(&str, &str)]) -> Result<ListingQuery, InvalidListing> {
    ListingQuery::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn without_parameters_it_is_the_newest_of_all() {
    let query = read(&[]).unwrap();
    assert_eq!(query, ListingQuery { customer_id: None, state: None, limit: 50, after: None });
}

#[test]
fn parameters_narrow_the_list() {
    let cursor = format!("{NOW}.{ID}");
    let query = read(&[("customerId", &ID.to_uppercase()), ("state", "FAILED"), ("limit", "200"), ("cursor", &cursor)]);
    let after = Some(Cursor { created_at: NOW, id: ID.to_owned() });
    let expected = ListingQuery { customer_id: Some(ID.to_owned()), state: Some(State::Failed), limit: 200, after };
    assert_eq!(query.unwrap(), expected);
}

#[test]
fn a_parameter_that_cannot_be_is_refused_by_name() {
    for (name, value, error) in [
        ("customerId", "7", InvalidListing::CustomerId),
        ("customerId", "{bb4c2658-f93b-8cd3-ba20-ac6eeb66555}", InvalidListing::CustomerId),
        ("state", "approved", InvalidListing::State),
        ("limit", "0", InvalidListing::Limit),
        ("limit", "201", InvalidListing::Limit),
        ("limit", "-1", InvalidListing::Limit),
        ("cursor", "1", InvalidListing::Cursor),
        ("cursor", "x.y", InvalidListing::Cursor),
        ("page", "2", InvalidListing::Unknown),
    ] {
        assert_eq!(read(&[(name, value)]), Err(error.clone()), "{name}={value}");
        assert!(error.to_string().ends_with('.'));
    }
}

#[test]
fn a_page_names_the_next_one_only_if_there_is_one() {
    let found: Vec<Purchase> = ["p3", "p2", "p1"].map(|id| purchase(id, 7)).into();
    let of = |limit| page(&ListingQuery { limit, ..read(&[]).unwrap() }, found.clone());
    let (all, next) = of(3);
    assert_eq!((all.len(), next), (3, None));
    let (two, next) = of(2);
    assert_eq!((two.len(), next.unwrap().id.as_str()), (2, "p2"));
}

#[test]
fn fuzzed_parameters_are_a_query_whose_cursor_is_the_same_once_written_again_or_are_refused_by_name() {
    let report = Fuzz::new("listing").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let parameters: Parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        match ListingQuery::read(&parameters) {
            Ok(ListingQuery { customer_id, limit, after, .. }) => {
                assert!((1..=MAX_LIMIT).contains(&limit) && customer_id.is_none_or(|id| id.len() == ID.len()));
                let Some(cursor) = after else { return "query" };
                assert_eq!(Cursor::read(&cursor.to_string()), Some(cursor));
                "query after another"
            }
            Err(error) => {
                assert!(error.to_string().ends_with('.'));
                error.reason()
            }
        }
    });
    let refused = ["InvalidCustomerId", "InvalidState", "InvalidLimit", "InvalidCursor", "UnknownParameter"];
    report.reached(&[&["query", "query after another"][..], &refused].concat());
}
