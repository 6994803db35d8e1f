use serde_json::json;

use super::*;

/// A series, as a test writes it.
pub(crate) fn one(labels: &[(&str, &str)], value: f64) -> Series {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Series { labels, value }
}

#[test]
fn an_instant_vector_is_read_with_its_labels_and_values() {
    let answer = json!({ "status": "success", "data": { "resultType": "vector", "result": [
        { "metric": { "reporter": "source", "response_code": "200" }, "value": [1_763_805_600.123, "12.5"] },
        { "metric": {}, "value": [1_763_805_600.123, "NaN"] },
        { "metric": { "le": "+Inf" }, "value": [1_763_805_600.123, "+Inf"] },
    ] } });
    let found = vector(&answer).unwrap();
    assert_eq!(found[0], one(&[("reporter", "source"), ("response_code", "200")], 12.5));
    assert_eq!((found[0].label("reporter"), found[0].label("absent")), (Some("source"), None));
    assert!(found[1].value.is_nan() && found[2].value.is_infinite());
}

#[test]
fn anything_else_is_no_vector() {
    let scalar = json!({ "data": { "resultType": "scalar", "result": [1, "2"] } });
    let broken = json!({ "data": { "resultType": "vector", "result": [{ "metric": {} }] } });
    for body in [Value::Null, json!({ "status": "error", "error": "parse error" }), scalar, broken] {
        assert_eq!(vector(&body), None, "{body}");
    }
}

#[test]
fn without_a_place_the_way_out_is_named() {
    let unknown = PrometheusError::Unknown("shop".to_owned()).to_string();
    assert!(unknown.contains("monitoring.query") && unknown.contains("--prometheus"), "{unknown}");
}
