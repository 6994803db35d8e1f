use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::testing;

fn delivery(id: &str, created_at: Millis, phase: Phase) -> Delivery {
    let about = Arc::new(delivery_messages::Plan { created_at, ..testing::plan(id) }.into());
    Delivery { about, phase, ..testing::delivery(id) }
}

fn query(parameters: &[(&str, &str)]) -> Result<ListingQuery, InvalidListing> {
    ListingQuery::read(&parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn ids(page: &[Delivery]) -> Vec<&str> {
    page.iter().map(|delivery| delivery.about.delivery_id.as_str()).collect()
}

#[test]
fn those_under_way_come_first_and_the_newest_of_each() {
    let memory =
        vec![delivery("a", 1, Phase::Running), delivery("b", 2, Phase::Suspended), delivery("c", 3, Phase::Finished)];
    let history = vec![delivery("c", 3, Phase::Cancelled), delivery("d", 4, Phase::Cancelled)];
    let (page, next) = page(&query(&[]).unwrap(), memory, history);
    assert_eq!(ids(&page), ["b", "a", "d", "c"]);
    assert_eq!(page[3].phase, Phase::Finished, "memory is newer");
    assert_eq!(next, None);
}

#[test]
fn a_mistyped_parameter_is_explained() {
    for (name, value, word) in [
        ("phase", "running", "Running"),
        ("limit", "0", "1000"),
        ("limit", "many", "many"),
        ("before", "yesterday", "next"),
        ("before", "x.1.a", "next"),
    ] {
        let problem = query(&[(name, value)]).unwrap_err();
        assert!(problem.to_string().contains(word), "{problem:?}");
    }
}

#[test]
fn a_phase_filters_and_decides_whether_the_history_is_asked() {
    assert!(!query(&[("phase", "Running")]).unwrap().wants_past(0));
    let finished = query(&[("phase", "Finished"), ("limit", "2")]).unwrap();
    assert!(finished.wants_past(2));
    assert!(!finished.wants_past(3));
    let memory = vec![delivery("a", 1, Phase::Running), delivery("b", 2, Phase::Finished)];
    assert_eq!(ids(&page(&finished, memory, vec![]).0), ["b"]);
}

#[test]
fn a_courier_filters_to_the_letter() {
    let memory = vec![delivery("a", 1, Phase::Running)];
    assert_eq!(ids(&page(&query(&[("courier", "moto-7")]).unwrap(), memory.clone(), vec![]).0), ["a"]);
    assert!(page(&query(&[("courier", "moto")]).unwrap(), memory, vec![]).0.is_empty());
}

proptest! {
    /// Over all pages, each delivery appears exactly once.
    #[test]
    fn pages_leave_nothing_out_and_repeat_nothing(
        all in prop::collection::vec((0..5_i64, any::<bool>()), 0..40),
        limit in 1..7_usize,
    ) {
        let all: Vec<_> = all.into_iter().enumerate().map(|(number, (created_at, over))| {
            let phase = if over { Phase::Finished } else { Phase::Running };
            delivery(&format!("id.{number}"), created_at, phase)
        }).collect();
        let mut query = ListingQuery { phase: None, courier: None, limit, before: None };
        let mut found = Vec::new();
        for _ in 0..=all.len() {
            let (page, next) = page(&query, all.clone(), Vec::new());
            prop_assert!(page.len() <= limit);
            found.extend(page);
            let Some(next) = next else { break };
            query.before = PageToken::read(&next.to_string());
            prop_assert_eq!(query.before.as_ref(), Some(&next));
        }
        let mut expected = all;
        expected.sort_by_cached_key(PageToken::of);
        prop_assert_eq!(ids(&found), ids(&expected));
    }
}
