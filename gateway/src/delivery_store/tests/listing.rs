use std::sync::Arc;

use delivery_fuzz::Fuzz;
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
        ("past", "yes", "true or false"),
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
fn past_ones_alone_begin_with_the_newest_however_many_are_under_way() {
    let past = query(&[("past", "true"), ("limit", "2")]).unwrap();
    assert!(past.wants_past(0));
    let memory =
        vec![delivery("a", 9, Phase::Running), delivery("b", 8, Phase::Accepted), delivery("c", 3, Phase::Finished)];
    let stored = vec![delivery("d", 4, Phase::Cancelled), delivery("e", 1, Phase::Failed)];
    let (found, next) = page(&past, memory.clone(), stored);
    assert_eq!(ids(&found), ["d", "c"]);
    assert!(next.is_some(), "there is one more");
    assert_eq!(ids(&page(&query(&[("past", "false")]).unwrap(), memory, vec![]).0), ["a", "b", "c"]);
}

#[test]
fn a_courier_filters_to_the_letter() {
    let memory = vec![delivery("a", 1, Phase::Running)];
    assert_eq!(ids(&page(&query(&[("courier", "moto-7")]).unwrap(), memory.clone(), vec![]).0), ["a"]);
    assert!(page(&query(&[("courier", "moto")]).unwrap(), memory, vec![]).0.is_empty());
}

#[test]
fn the_canarys_are_left_out_unless_their_courier_or_name_is_asked_for() {
    let plan = delivery_messages::Plan { courier: canary::COURIER.to_owned(), ..testing::plan("c") };
    let canarys = || Delivery { about: Arc::new(plan.clone().into()), ..testing::delivery("c") };
    let found = |parameters: &[(&str, &str)]| {
        let memory = vec![canarys(), delivery("a", 1, Phase::Running)];
        ids(&page(&query(parameters).unwrap(), memory, vec![]).0).len()
    };
    assert_eq!(found(&[]), 1);
    assert_eq!(found(&[("namespace", "code-delivery")]), 1);
    assert_eq!(found(&[("courier", canary::COURIER)]), 1);
    assert_eq!(found(&[("name", "name-c")]), 1);
}

#[test]
fn a_name_and_a_namespace_filter_to_the_letter() {
    let memory = || vec![delivery("a", 1, Phase::Running), delivery("b", 2, Phase::Running)];
    let found = |parameters: &[(&str, &str)]| {
        let (page, _) = page(&query(parameters).unwrap(), memory(), vec![]);
        page.into_iter().map(|delivery| delivery.about.delivery_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&[("name", "name-a")]), ["a"]);
    assert_eq!(found(&[("name", "name-a"), ("namespace", "code-delivery")]), ["a"]);
    assert!(found(&[("name", "name-a"), ("namespace", "other")]).is_empty());
    assert_eq!(found(&[("name", ""), ("namespace", "")]), ["b", "a"]);
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
        let mut query = ListingQuery {
            phase: None,
            past: false,
            courier: None,
            namespace: None,
            name: None,
            limit,
            before: None,
        };
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

#[test]
fn fuzzed_page_tokens_name_a_place_that_is_the_same_once_written_again_or_none() {
    let report = Fuzz::new("page-token").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        let Ok(query) = query(&[("before", text), ("limit", "7")]) else { return "no token" };
        let place = query.before.clone().unwrap();
        assert_eq!(PageToken::read(&place.to_string()), Some(place.clone()));
        let memory = vec![delivery("a", 1, Phase::Running), delivery("b", 2, Phase::Finished)];
        let (page, next) = page(&query, memory, Vec::new());
        assert!(page.iter().all(|delivery| PageToken::of(delivery) > place) && next.is_none());
        "token"
    });
    report.reached(&["token", "no token"]);
}
