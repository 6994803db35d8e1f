use super::*;
use crate::position_index::testing::{found, with};

const NOW: Millis = 1_795_341_600_000;

#[test]
fn squares_become_centres_with_the_latitude_first() {
    let given = [("rectangle", "178,-19,-179,-17"), ("route", "1")];
    let heat = with(&given, PARAMETERS, |given| HeatmapQuery::read(given, &Scope::everything(), NOW)).unwrap();
    let search = heat.positions(None);
    let filters = &search["query"]["bool"]["filter"];
    assert_eq!(filters[0], json!({"term": {"routeId": "1"}}));
    assert_eq!(filters[1]["range"]["at"]["gte"], NOW - time_range::DAY);
    assert_eq!(filters[2]["geo_bounding_box"]["position"]["top_left"], json!({"lat": -17.0, "lon": 178.0}));
    assert_eq!(search["aggs"]["cells"]["geotile_grid"]["precision"], heat.zoom);
    let buckets = json!([{"key": "1/1/0", "doc_count": 7}, {"key": "rubbish", "doc_count": 1}]);
    let answer = heat.answer(&found(0, &[], &json!({"cells": {"buckets": buckets}})));
    let told = serde_json::to_value(answer).unwrap();
    assert_eq!(told["cells"], json!([{"position": [66.513_260_4, 90.0], "count": 7}]));
    assert_eq!(told["precision"], heat.zoom);
}

#[test]
fn a_rectangle_must_be_given() {
    let message =
        with(&[], PARAMETERS, |given| HeatmapQuery::read(given, &Scope::everything(), NOW)).unwrap_err().to_string();
    assert!(message.starts_with("The parameter rectangle is missing"), "{message}");
}
