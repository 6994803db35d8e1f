use serde_json::json;

use super::*;

/// A span in Jaeger's JSON; the times in milliseconds.
pub(crate) fn span(id: &str, parent: Option<&str>, name: &str, start: i64, duration: i64) -> Value {
    let references = parent.map(|parent| json!({"refType": "CHILD_OF", "traceID": "t", "spanID": parent}));
    json!({
        "traceID": "t",
        "spanID": id,
        "operationName": name,
        "references": references.into_iter().collect::<Vec<_>>(),
        "startTime": 1_700_000_000_000_000_i64 + start * 1_000,
        "duration": duration * 1_000,
        "tags": [
            {"key": "delivery", "type": "string", "value": "primeiro"},
            {"key": "otel.scope.name", "type": "string", "value": "code-delivery"},
        ],
        "logs": null,
        "processID": "p1",
        "warnings": null,
    })
}

pub(crate) fn waterfall(spans: &[Value]) -> Option<Waterfall> {
    let process = json!({
        "serviceName": "code-delivery-operator",
        "tags": [{"key": "service.instance.id", "type": "string", "value": "operator-1"}],
    });
    let answer = json!({"data": [{"traceID": "t", "spans": spans, "processes": {"p1": process}, "warnings": null}]});
    Waterfall::of("shop", "primeiro", "t", serde_json::from_value(answer).unwrap())
}

fn order(found: &Waterfall) -> Vec<(&str, usize)> {
    found.spans.iter().map(|step| (step.name.as_str(), step.depth)).collect()
}

#[test]
fn each_span_follows_its_parent_and_those_of_one_parent_their_beginnings() {
    let spans = [
        span("d", Some("a"), "drive", 300, 9_000),
        span("c", Some("a"), "create pod", 40, 20),
        span("b", Some("x"), "first broadcast", 350, 5),
        span("a", None, "accept", 0, 30),
        span("e", Some("c"), "inside", 45, 1),
        span("c", Some("a"), "create pod", 40, 20),
    ];
    let found = waterfall(&spans).unwrap();
    let expected = [("accept", 0), ("create pod", 1), ("inside", 2), ("drive", 1), ("first broadcast", 0)];
    assert_eq!(order(&found), expected, "twice the same is once; an unknown parent is none");
    assert_eq!(found.length(), 9_300_000);
    let pod = &found.spans[1];
    assert_eq!((pod.service.as_str(), pod.instance.as_deref()), ("operator", Some("operator-1")));
    assert_eq!((pod.start_microseconds, pod.duration_microseconds), (40_000, 20_000));
    assert_eq!(pod.attributes, BTreeMap::from([("delivery".to_owned(), json!("primeiro"))]));
    assert_eq!(pod.started_at.unwrap().to_string(), "2023-11-14T22:13:20.04Z");
}

#[test]
fn spans_that_are_their_own_ancestors_are_shown_all_the_same() {
    let spans =
        [span("a", Some("b"), "one", 0, 1), span("b", Some("a"), "other", 1, 1), span("c", Some("c"), "own", 2, 1)];
    let found = waterfall(&spans).unwrap();
    assert_eq!(order(&found), [("own", 0), ("other", 0), ("one", 1)]);
}

#[test]
fn an_error_says_why() {
    let mut failed = span("a", None, "create pod", 0, 30);
    failed["tags"] = json!([{"key": "error", "type": "bool", "value": true}]);
    failed["logs"] = json!([{"timestamp": 1_700_000_000_010_000_i64, "fields": [
        {"key": "event", "type": "string", "value": "exception"},
        {"key": "exception.message", "type": "string", "value": "The quota is used up."},
    ]}]);
    let found = waterfall(&[failed.clone()]).unwrap();
    assert_eq!(found.spans[0].error.as_deref(), Some("The quota is used up."));
    let message = Some("The quota is used up.".to_owned());
    assert_eq!(found.spans[0].events, [Moment { name: "exception".to_owned(), message, at_microseconds: 10_000 }]);
    assert!(found.spans[0].attributes.is_empty());
    failed["tags"] =
        json!([{"key": "error", "value": "true"}, {"key": "otel.status_description", "value": "Refused."}]);
    assert_eq!(waterfall(&[failed.clone()]).unwrap().spans[0].error.as_deref(), Some("Refused."));
    failed["tags"][1]["value"] = json!("é".repeat(10_000));
    let found = waterfall(&[failed]).unwrap();
    assert!(found.spans[0].error.as_ref().is_some_and(|error| error.len() <= MAX_REASON), "a long one is cut");
}

#[test]
fn without_spans_there_is_nothing_to_show() {
    assert_eq!(waterfall(&[]), None);
    let nothing = serde_json::from_value(json!({"data": null, "errors": [{"code": 404}]})).unwrap();
    assert_eq!(Waterfall::of("shop", "primeiro", "t", nothing), None);
}
