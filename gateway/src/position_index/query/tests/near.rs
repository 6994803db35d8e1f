use delivery_messages::StatePhase;

use super::*;
use crate::position_index::testing::{found, titles, with};
use crate::testing::{self, NOW};

fn query(pairs: &[(&str, &str)]) -> NearQuery {
    with(pairs, PARAMETERS, |given| NearQuery::read(given, &Scope::everything(), NOW)).unwrap()
}

#[test]
fn the_circle_and_the_time_are_searched_and_no_more_than_is_asked_for() {
    let near = query(&[("point", "-47.93,-15.83"), ("radius", "250.5"), ("limit", "2")]);
    let search = near.newest(None);
    let filters = &search["query"]["bool"]["filter"];
    assert_eq!(filters[0]["range"]["at"]["lt"], NOW);
    assert_eq!(filters[1], json!({"geo_distance": {"distance": "250.5m", "position": {"lat": -15.83, "lon": -47.93}}}));
    assert_eq!(search["aggs"]["deliveries"]["terms"]["size"], 3);
    let three = json!({"deliveries": {"buckets": [
        {"key": "c", "doc_count": 1}, {"key": "b", "doc_count": 9}, {"key": "a", "doc_count": 2},
    ]}});
    let (ids, truncated) = near.ids(&found(0, &[], &three));
    assert_eq!((ids.as_slice(), truncated), (&["c".to_owned(), "b".to_owned()][..], true));
    assert_eq!(near.inside(&ids)["query"]["bool"]["filter"][0], json!({"terms": {"deliveryId": ["c", "b"]}}));
    assert_eq!(near.inside(&ids)["query"]["bool"]["filter"][2], filters[1], "the same circle");
}

#[test]
fn a_passage_is_told_with_its_courier_the_newest_first() {
    let inside = |id: &str, last: Millis, meters: f64| {
        json!({"key": id, "doc_count": 4, "first": {"value": NOW}, "last": {"value": last},
               "nearest": {"hits": {"hits": [{"_source": {"routeId": "1"}, "sort": [meters]}]}}})
    };
    let buckets = [inside("d1", NOW + 1_500, 3.249_9), inside("gone", NOW + 9_000, 0.0)];
    let plan = serde_json::to_value(testing::plan("d1")).unwrap();
    let state = serde_json::to_value(testing::state("d1", 9, StatePhase::Running)).unwrap();
    let told = answer(
        &found(0, &[], &json!({"deliveries": {"buckets": buckets}})),
        false,
        found(0, &[plan], &json!({})),
        found(0, &[state], &json!({})),
        &titles(),
    );
    let told = serde_json::to_value(told).unwrap();
    assert_eq!(
        told["deliveries"][1],
        json!({"deliveryId": "d1", "name": "name-d1", "namespace": "code-delivery", "routeId": "1",
            "title": "Primeiro", "courier": "moto-7", "vehicle": "motorcycle", "phase": "Running", "firstAt": NOW,
            "lastAt": NOW + 1_500, "positions": 4, "nearestMeters": 3.25})
    );
    let gone = &told["deliveries"][0];
    assert_eq!(
        (&gone["deliveryId"], &gone["title"], &gone["phase"]),
        (&json!("gone"), &json!("Primeiro"), &json!(null))
    );
    assert_eq!(told["truncated"], false);
}
