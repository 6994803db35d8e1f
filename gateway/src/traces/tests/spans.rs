use delivery_fuzz::Fuzz;
use serde_json::json;

use super::*;

fn span(id: &str, parent: &str, start: i64) -> Value {
    let references = if parent.is_empty() {
        json!(null)
    } else {
        json!([{"refType": "FOLLOWS_FROM", "spanID": "x"}, {"refType": "CHILD_OF", "spanID": parent}])
    };
    json!({
        "spanID": id, "operationName": "accept", "references": references, "startTime": start, "duration": 40,
        "processID": "p1", "tags": [], "logs": null,
    })
}

fn view(spans: &[Value]) -> Option<Value> {
    let processes = json!({"p1": {
        "serviceName": "code-delivery-operator",
        "tags": [{"key": "service.instance.id", "type": "string", "value": "operator-7"}],
    }});
    let answer = json!({"data": [{"traceID": "4bf92f35", "spans": spans, "processes": processes}]});
    let view = TraceView::of(serde_json::from_value(answer).unwrap())?;
    Some(serde_json::to_value(view).unwrap())
}

#[test]
fn spans_are_in_the_order_of_their_beginnings_with_the_parents_that_are_there() {
    let found = view(&[span("b", "a", 1_007), span("a", "of-a-client", 1_000), span("b", "a", 1_007)]).unwrap();
    assert_eq!(
        found,
        json!({
            "traceId": "0000000000000000000000004bf92f35",
            "truncated": false,
            "spans": [
                {
                    "id": "a", "parent": null, "name": "accept", "service": "operator", "instance": "operator-7",
                    "startMicroseconds": 0, "durationMicroseconds": 40, "attributes": {}, "events": [], "failed": false,
                    "error": null,
                },
                {
                    "id": "b", "parent": "a", "name": "accept", "service": "operator", "instance": "operator-7",
                    "startMicroseconds": 7, "durationMicroseconds": 40, "attributes": {}, "events": [], "failed": false,
                    "error": null,
                },
            ],
        })
    );
}

#[test]
fn what_names_a_person_or_opens_something_is_left_out() {
    let mut failed = span("a", "", 1_000);
    failed["tags"] = json!([
        {"key": "attempt", "value": 2},
        {"key": "phase", "value": "Accepted"},
        {"key": "error", "value": true},
        {"key": "otel.status_description", "value": "Ana does not exist."},
        {"key": "purchase", "value": "6f1c"},
        {"key": "notification", "value": "6f1c"},
        {"key": "request", "value": "6f1c"},
    ]);
    failed["logs"] = json!([
        {"timestamp": 1_010, "fields": [{"key": "event", "value": "exception"}, {"key": "exception.message", "value": "Ana"}]},
        {"timestamp": 1_020, "fields": null},
    ]);
    let found = view(&[failed]).unwrap();
    let shown = &found["spans"][0];
    assert_eq!(shown["attributes"], json!({"attempt": 2, "phase": "Accepted"}));
    assert_eq!((&shown["failed"], &shown["error"]), (&json!(true), &Value::Null));
    assert_eq!(
        shown["events"],
        json!([{"name": "exception", "atMicroseconds": 10}, {"name": "", "atMicroseconds": 20}])
    );
    assert!(!found.to_string().contains("Ana") && !found.to_string().contains("6f1c"), "{found}");
}

/// Why the only span of a trace failed, by the service and the name that it has.
fn why(service: &str, name: &str, tags: &Value, logs: &Value) -> Value {
    let mut failed = span("a", "", 1_000);
    (failed["operationName"], failed["tags"], failed["logs"]) = (json!(name), tags.clone(), logs.clone());
    let processes = json!({"p1": {"serviceName": format!("code-delivery-{service}")}});
    let answer = json!({"data": [{"traceID": "4bf92f35", "spans": [failed], "processes": processes}]});
    let view = TraceView::of(serde_json::from_value(answer).unwrap()).unwrap();
    serde_json::to_value(view).unwrap()["spans"][0]["error"].clone()
}

#[test]
fn a_failure_says_why_if_that_is_about_nobody() {
    let error = json!({"key": "error", "value": true});
    let said = json!([error, {"key": "otel.status_description", "value": "The quota is used up."}]);
    let thrown = json!([{"timestamp": 1_010, "fields": [{"key": "exception.message", "value": "It is away."}]}]);
    for (service, name) in [
        ("operator", "publish plan"),
        ("operator", "create pod"),
        ("operator", "delete pod"),
        ("simulator", "start"),
        ("simulator", "resume"),
        ("simulator", "drive"),
        ("gateway", "start request"),
        ("sink", "first document"),
    ] {
        assert_eq!(why(service, name, &said, &thrown), "The quota is used up.", "{service}: {name}");
        assert_eq!(why(service, name, &json!([error]), &thrown), "It is away.", "{service}: {name}");
        assert_eq!(why(service, name, &json!([error]), &json!(null)), Value::Null, "{service}: {name}");
        assert_eq!(why(service, name, &json!([]), &thrown), Value::Null, "it did not fail: {service}: {name}");
    }
    for (service, name) in [
        ("operator", "serve request"),
        ("purchases", "pay"),
        ("invoices", "send e-mail"),
        ("notifications", "send e-mail"),
        ("notifications", "create pod"),
    ] {
        assert_eq!(why(service, name, &said, &thrown), Value::Null, "{service}: {name}");
    }
    let long = json!([error, {"key": "otel.status_description", "value": "ã".repeat(10_000)}]);
    assert!(why("operator", "create pod", &long, &json!(null)).as_str().unwrap().len() <= MAX_MESSAGE);
}

#[test]
fn a_trace_is_of_bounded_size_whatever_jaeger_holds() {
    let long = "ã".repeat(10_000);
    let many: Vec<Value> = (0..=MAX_SPANS)
        .map(|number| {
            let mut span = span(&format!("{number:04}"), "", 1_000 + i64::try_from(number).unwrap());
            span["operationName"] = json!(long);
            span["tags"] = json!([{"key": "topic", "value": long}, {"key": "seq", "value": [1, 2]}]);
            span["logs"] = json!(vec![json!({"timestamp": 1_000}); MAX_EVENTS + 1]);
            span
        })
        .collect();
    let found = view(&many).unwrap();
    assert_eq!((found["spans"].as_array().unwrap().len(), &found["truncated"]), (MAX_SPANS, &json!(true)));
    let first = &found["spans"][0];
    assert_eq!(first["name"].as_str().unwrap().chars().count(), MAX_TEXT);
    assert_eq!(first["attributes"], json!({"topic": "ã".repeat(MAX_TEXT)}));
    assert_eq!(first["events"].as_array().unwrap().len(), MAX_EVENTS);
}

#[test]
fn the_id_of_a_trace_has_32_digits_as_everywhere_else() {
    for (id, shown) in [
        ("4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736"),
    ] {
        let answer = json!({"data": [{"traceID": id, "spans": [span("a", "", 1_000)]}]});
        let view = TraceView::of(serde_json::from_value(answer).unwrap()).unwrap();
        assert_eq!(view.trace_id, shown);
    }
}

#[test]
fn a_trace_without_spans_is_none() {
    assert_eq!(view(&[]), None);
    for empty in [json!({"data": []}), json!({"data": null}), json!({"data": [{"traceID": "a", "spans": null}]})] {
        assert_eq!(TraceView::of(serde_json::from_value(empty).unwrap()), None);
    }
}

#[test]
fn fuzzed_answers_of_jaeger_become_a_bounded_view() {
    let report = Fuzz::new("trace-answer").memory_per_byte(4_096).run(|input| {
        let Ok(answer) = serde_json::from_slice::<Answer>(input) else { return "no answer" };
        let Some(view) = TraceView::of(answer) else { return "no spans" };
        assert!((1..=MAX_SPANS).contains(&view.spans.len()));
        for span in &view.spans {
            assert!(span.duration_microseconds >= 0 && span.start_microseconds >= 0);
            for text in [&span.id, &span.name, &span.service].into_iter().chain(&span.instance).chain(&span.parent) {
                assert!(text.chars().count() <= MAX_TEXT);
            }
            assert!(span.error.iter().all(|error| span.failed && error.len() <= MAX_MESSAGE));
            for value in span.attributes.values() {
                assert!(value.is_number() || value.as_str().is_some_and(|text| text.chars().count() <= MAX_TEXT));
            }
        }
        "a trace"
    });
    report.reached(&["no answer", "no spans", "a trace"]);
}
