//! What a stranger may send, across modules: URLs, the records of all topics, the answers of Elasticsearch.

use std::collections::HashMap;
use std::sync::Arc;

use delivery_fuzz::{Fuzz, Line};
use delivery_http_server::Problem;
use delivery_messages::Topic;
use percent_encoding::percent_decode;
use serde::Serialize;
use serde_json::Value;

use crate::delivery_store::listing::{ListingQuery, PageToken};
use crate::model::record::{Raw, Record, RecordOffset, read};
use crate::model::scope::Scope;
use crate::position_index::documents;
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::query::deliveries::{self, DeliveriesQuery};
use crate::position_index::query::extent;
use crate::position_index::query::heatmap::{self, HeatmapQuery};
use crate::position_index::query::near::{self, NearQuery};
use crate::position_index::query::personal_data::{self, PersonalDataQuery};
use crate::position_index::query::positions::{self, PositionsQuery};
use crate::position_index::query::summary::{self, All, SummaryQuery};
use crate::position_index::response::{ResponseError, SearchResponse, refusal};
use crate::position_index::titles::Titles;
use crate::protocol::binary;
use crate::protocol::frames;
use crate::protocol::subscription::Subscription;
use crate::state::catalogue::Catalogue;
use crate::state::table::Table;
use crate::testing::NOW;

/// The name–value pairs of a query string, as the HTTP server decodes them.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// Checks what a client is told about its URL.
fn refused(message: &str, url: &str) {
    assert!(message.ends_with('.') && message.len() <= 12 * url.len() + 1_024, "{} bytes: {message}", message.len());
}

/// What is left of a query when it is valid: its searches.
type Searches = Result<Vec<Value>, InvalidParameter>;

/// The searches of a path below `/history`; none for another path.
fn searches(path: &str, given: &[(String, String)]) -> Option<Searches> {
    let scope = Scope::everything();
    let parameters = |known| Parameters::read(given, known);
    let ids = ["d1".to_owned()];
    Some(match path {
        "/history/summary" => parameters(summary::PARAMETERS)
            .and_then(|parameters| SummaryQuery::read(&parameters, &scope, NOW))
            .map(|query| query.requests().into_iter().chain([query.plans(), query.positions(Some(&ids))]).collect()),
        "/history/near" => parameters(near::PARAMETERS)
            .and_then(|parameters| NearQuery::read(&parameters, &scope, NOW))
            .map(|query| vec![query.newest(None), query.inside(&ids)]),
        "/history/heat" => parameters(heatmap::PARAMETERS)
            .and_then(|parameters| HeatmapQuery::read(&parameters, &scope, NOW))
            .map(|query| vec![query.positions(None)]),
        "/history/deliveries" => parameters(deliveries::PARAMETERS)
            .and_then(|parameters| DeliveriesQuery::read(&parameters, &scope, NOW))
            .map(|query| vec![query.plans()]),
        "/history/traces" => parameters(personal_data::PARAMETERS)
            .and_then(|parameters| PersonalDataQuery::read(&parameters, &scope))
            .map(|query| query.search().into_iter().collect()),
        _ => {
            let id = path.strip_prefix("/history/deliveries/")?.strip_suffix("/positions")?;
            parameters(positions::PARAMETERS)
                .and_then(|parameters| PositionsQuery::read(id, &parameters, &scope))
                .map(|query| vec![query.search()])
        }
    })
}

#[test]
fn fuzzed_urls_become_bounded_queries_or_are_refused_with_a_sentence() {
    let report = Fuzz::new("url").swollen().run(|input| {
        let Ok(url) = std::str::from_utf8(input) else { return "not text" };
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let given = pairs(query);
        match path {
            "/ws" => match Subscription::read(&given) {
                Ok(_) => "subscription",
                Err(error) => {
                    refused(&error.to_string(), url);
                    error.reason()
                }
            },
            "/deliveries" => match ListingQuery::read(&given.into_iter().collect()) {
                Ok(query) => {
                    assert!((1..=1_000).contains(&query.limit));
                    "listing"
                }
                Err(error) => {
                    refused(&error.to_string(), url);
                    error.reason()
                }
            },
            _ => match searches(path, &given) {
                None => "no path",
                Some(Ok(searches)) => {
                    for search in searches {
                        let size = search["size"].as_u64().unwrap();
                        assert!(size <= 10_000, "{search}");
                        assert!(
                            search.to_string().len() <= 64 << 10,
                            "the search is longer than its parameters may be"
                        );
                    }
                    "history"
                }
                Some(Err(error)) => {
                    refused(&error.to_string(), url);
                    Problem::from(error).reason
                }
            },
        }
    });
    let mistakes = [
        "UnknownMode",
        "UnknownForm",
        "InvalidBatch",
        "InvalidFilter",
        "InvalidPhase",
        "InvalidPast",
        "InvalidLimit",
        "InvalidPlace",
    ];
    report.reached(&[&["subscription", "listing", "history", "InvalidParameter"][..], &mistakes].concat());
}

/// Reads a line of a corpus as a record at that offset.
fn record(line: Line<'_>, offset: i64) -> Option<Result<Record, &'static str>> {
    let Line { topic, key, time, value } = line;
    let topic = Topic::ALL.into_iter().find(|known| known.name() == topic)?;
    let raw = Raw { key, value, time, offset: RecordOffset { partition: 0, offset } };
    read(topic, raw, |_| value)
        .map_err(|error| {
            let message = error.to_string();
            let (key, value) = (key.map_or(0, <[u8]>::len), value.map_or(0, <[u8]>::len));
            assert!(message.ends_with('.') && message.len() <= 3 * (key + value) + 1_024, "{message}");
            error.reason()
        })
        .transpose()
}

#[test]
fn fuzzed_records_of_all_topics_fold_into_positions_that_are_alike_in_both_forms() {
    let report = Fuzz::new("records").memory_per_byte(1_024).run(|input| {
        let mut table = Table::default();
        let (mut bases, mut following, mut outcome) = (HashMap::new(), false, "no record");
        for (line, offset) in Line::all(input).zip(0..) {
            let time = line.time;
            match record(line, offset) {
                None => continue,
                Some(Err(reason)) => outcome = reason,
                Some(Ok(record)) => {
                    // Positions are read when everything else has been, and nothing is published before.
                    if matches!(record, Record::Position { .. }) && !following {
                        table.follow();
                        following = true;
                    }
                    let _ = table.fold(record);
                    outcome = "folded";
                }
            }
            if !following {
                continue;
            }
            let changes = table.changes();
            // What leaves now is told with the next record.
            table.evict(time);
            for change in &changes.deliveries {
                let Some(delivery) = &change.delivery else { continue };
                bases.extend(delivery.base.map(|base| (base.number, base)));
                let _: Value = serde_json::from_str(&frames::delivery(delivery)).unwrap();
                assert!(frames::end(delivery).is_none() || delivery.phase.is_final());
                assert_eq!(PageToken::of(delivery).past, delivery.phase.is_final());
            }
            for position in &changes.stream {
                let fix = position.fix;
                let data: Value = serde_json::from_str(position.data()).unwrap();
                assert_eq!(data["seq"], fix.seq);
                assert_eq!(data["at"], fix.at);
                assert_eq!(data["position"], serde_json::json!([fix.position[1], fix.position[0]]));
                let Some(form) = position.binary() else { continue };
                let (seq, at, place, finished) = binary::tests::read_back(form, &bases);
                assert_eq!((seq, at, finished), (fix.seq, fix.at, fix.finished));
                let apart = place.iter().zip(fix.position).map(|(one, other)| (one - other).abs());
                assert!(apart.into_iter().all(|degrees| degrees < 1.1e-7), "{place:?} is {:?}", fix.position);
                outcome = "streamed";
            }
        }
        assert!(table.count().values().sum::<usize>() <= input.len());
        outcome
    });
    let mistakes = ["MalformedRecord", "EmptyRecord", "NoKey", "KeyMismatch", "OffTheEarth"];
    report.reached(&[&["folded", "streamed"][..], &mistakes].concat());
}

/// The length of an answer as a client gets it.
fn answered(answer: &impl Serialize) -> usize {
    serde_json::to_string(answer).unwrap().len()
}

#[test]
fn fuzzed_answers_of_elasticsearch_become_answers_to_clients_or_a_reason() {
    let titles = Titles(Arc::new(Catalogue::default()));
    let scope = Scope::everything();
    let read_query = |path: &str, query: &str| {
        let given = pairs(query);
        assert!(matches!(searches(path, &given), Some(Ok(_))), "{path} takes {query}");
        given
    };
    let since = "since=2026-11-22&until=2026-11-23";
    let (summary_pairs, heat_pairs) = (
        read_query("/history/summary", since),
        read_query("/history/heat", &format!("{since}&rectangle=-48.1,-15.9,-47.8,-15.7")),
    );
    let near_pairs = read_query("/history/near", &format!("{since}&point=-47.9,-15.8&limit=2"));
    let page_pairs = read_query("/history/deliveries", &format!("{since}&limit=2"));
    let report = Fuzz::new("search-answer").memory_per_byte(1_024).run(|input| {
        assert!(refusal(input).chars().count() <= 300);
        let (Ok(plans), Ok(states)) =
            (SearchResponse::<documents::Plan>::read(input), SearchResponse::<documents::State>::read(input))
        else {
            return match SearchResponse::<documents::Plan>::read(input) {
                Err(ResponseError::TimedOut) => "TimedOut",
                Err(ResponseError::Partial) => "Partial",
                _ => "Malformed",
            };
        };
        let bare = SearchResponse::read(input).unwrap();
        let positions = SearchResponse::read(input).unwrap();
        let ids = || SearchResponse::read(input).unwrap();
        let whole =
            SummaryQuery::read(&Parameters::read(&summary_pairs, summary::PARAMETERS).unwrap(), &scope, NOW).unwrap();
        let heat =
            HeatmapQuery::read(&Parameters::read(&heat_pairs, heatmap::PARAMETERS).unwrap(), &scope, NOW).unwrap();
        let near = NearQuery::read(&Parameters::read(&near_pairs, near::PARAMETERS).unwrap(), &scope, NOW).unwrap();
        let page = DeliveriesQuery::read(&Parameters::read(&page_pairs, deliveries::PARAMETERS).unwrap(), &scope, NOW)
            .unwrap();
        let one = PositionsQuery::read("d1", &Parameters::read(&[], positions::PARAMETERS).unwrap(), &scope).unwrap();
        let has_documents = !plans.documents.is_empty();
        let all = All {
            plans: plans.clone(),
            states: states.clone(),
            requests: Some(bare.clone()),
            positions: Some(bare.clone()),
        };
        let passing = near.ids(&bare);
        assert!(passing.0.len() <= 2);
        let listed = page.page(plans.clone());
        assert!(listed.0.len() <= 2);
        let length = answered(&whole.answer(all, &titles))
            + answered(&heat.answer(&bare))
            + answered(&extent::answer(&bare, &bare))
            + answered(&near::answer(&bare, passing.1, plans, states.clone(), &titles))
            + answered(&deliveries::answer(listed, states, &titles))
            + answered(&one.answer(positions))
            + answered(&PersonalDataQuery::answer(ids(), ids()));
        assert!(length <= 64 * input.len() + 32 * 1_024, "{length} bytes");
        if has_documents { "documents" } else { "aggregations" }
    });
    report.reached(&["documents", "aggregations", "TimedOut", "Partial", "Malformed"]);
}
