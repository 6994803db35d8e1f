use std::collections::HashMap;

use delivery_fuzz::Fuzz;
use proptest::prelude::*;

use super::*;
use crate::domain::testing;

fn read(pairs: &[(&'static str, &'static str)]) -> Result<Listing, InvalidListing> {
    Listing::read(testing::recipient().id, |name| {
        pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    })
}

#[test]
fn without_parameters_all_are_listed_50_a_page() {
    let listing = read(&[]).unwrap();
    assert_eq!((listing.limit, listing.after), (50, None));
    assert_eq!((listing.selection.unread, listing.selection.canceled), (None, None));
}

#[test]
fn a_wrong_parameter_is_named() {
    for (name, value, reason) in [
        ("unread", "yes", "InvalidParameter"),
        ("cancelled", "", "InvalidParameter"),
        ("limit", "0", "InvalidLimit"),
        ("limit", "201", "InvalidLimit"),
        ("limit", "-1", "InvalidLimit"),
        ("cursor", "", "InvalidCursor"),
        ("cursor", "7.7", "InvalidCursor"),
        ("cursor", "x.0f6d5a1c-2f3b-8c4d-9e5f-6a7b8c9d0001", "InvalidCursor"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        assert_eq!(error.reason(), reason, "{name}={value}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_filter_tells_read_from_unread_and_cancelled_from_others() {
    let unread = testing::notification(1);
    let read_one = Notification { read_at: Some(7), ..unread.clone() };
    let only_unread = read(&[("unread", "true"), ("cancelled", "false")]).unwrap().selection;
    assert!(only_unread.holds(&unread) && !only_unread.holds(&read_one));
    assert!(!only_unread.holds(&Notification { canceled_at: Some(7), ..unread.clone() }));
    assert!(read(&[("unread", "false")]).unwrap().selection.holds(&read_one));
}

proptest! {
    /// Over all pages, each notification appears exactly once, the newest first, also where times are the same.
    #[test]
    fn pages_leave_nothing_out_and_repeat_nothing(times in prop::collection::vec(0..5_i64, 0..40), limit in 1..7_usize) {
        let mut all: Vec<Notification> = (0..)
            .zip(times)
            .map(|(number, created_at)| Notification { created_at, ..testing::notification(number) })
            .collect();
        all.sort_by_key(Place::of);
        let mut listing = Listing { limit, ..read(&[]).unwrap() };
        let mut found = Vec::new();
        for _ in 0..=all.len() {
            let left = all.iter().filter(|one| listing.after.is_none_or(|after| Place::of(one) > after));
            let (page, next) = listing.page(left.take(limit + 1).cloned().collect());
            found.extend(page);
            let Some(next) = next else { break };
            listing.after = Place::read(&next.to_string());
            prop_assert_eq!(listing.after, Some(next));
        }
        prop_assert_eq!(found, all);
    }
}

#[test]
fn fuzzed_parameters_are_a_page_whose_place_is_the_same_once_written_again_or_are_refused_by_name() {
    let report = Fuzz::new("listing").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        let parameters: HashMap<&str, &str> = text.split('&').filter_map(|pair| pair.split_once('=')).collect();
        match Listing::read(testing::recipient().id, |name| parameters.get(name).copied()) {
            Ok(Listing { limit, after, .. }) => {
                assert!((1..=MAX_LIMIT).contains(&limit));
                let Some(place) = after else { return "page" };
                assert_eq!(Place::read(&place.to_string()), Some(place));
                "page after another"
            }
            Err(error) => {
                assert!(error.to_string().ends_with('.'));
                error.reason()
            }
        }
    });
    report.reached(&["page", "page after another", "InvalidParameter", "InvalidLimit", "InvalidCursor"]);
}
