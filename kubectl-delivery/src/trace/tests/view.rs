use std::collections::BTreeSet;

use delivery_fuzz::Fuzz;

use super::*;
use crate::trace::waterfall::tests::{span, waterfall};

fn spans() -> Vec<serde_json::Value> {
    vec![
        span("a", None, "accept", 0, 30),
        span("b", Some("a"), "create pod", 40, 20),
        span("c", Some("a"), "drive", 500, 500),
    ]
}

#[test]
fn a_trace_is_drawn_as_a_waterfall() {
    let expected = "\
Trace t of the Delivery shop/primeiro: 3 spans, 1.0 s

SPAN           SERVICE     START   DURATION
accept         operator     0 ms      30 ms   ▇
  create pod   operator    40 ms      20 ms   ▇
  drive        operator   500 ms     500 ms          ▇▇▇▇▇▇▇
";
    assert_eq!(text(&waterfall(&spans()).unwrap(), false, 60), expected);
}

#[test]
fn no_line_is_wider_than_the_terminal_and_every_span_has_a_bar() {
    let found = waterfall(&spans()).unwrap();
    for width in [80, 200] {
        let text = text(&found, true, width);
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= width), "{text}");
        assert!(text.contains("operator-1"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains('▇')).count(), 3, "{text}");
    }
    assert!(text(&found, false, 0).contains('▇'), "a terminal without a width");
}

#[test]
fn a_frame_is_neither_wider_nor_higher_than_the_terminal() {
    let found = waterfall(&spans()).unwrap();
    let lines = frame(&found, false, Size { width: 20, height: 5 });
    assert_eq!(lines.len(), 4, "the last line is the cursor's");
    assert!(lines.iter().all(|line| line.chars().count() <= 20), "{lines:?}");
    let all = frame(&found, false, Size { width: 80, height: 50 });
    assert_eq!(all.len(), text(&found, false, 80).lines().count());
    assert!(!frame(&found, false, Size { width: 0, height: 0 }).is_empty());
}

#[test]
fn a_failure_is_marked_and_said_and_controls_no_terminal() {
    let mut failed = span("a", None, "create pod", 0, 0);
    failed["tags"] = serde_json::json!([
        {"key": "error", "value": true},
        {"key": "otel.status_description", "value": "The quota\u{1b}[2J is used up."},
    ]);
    let text = text(&waterfall(&[failed]).unwrap(), false, 80);
    assert!(text.contains("create pod ✗"), "{text}");
    assert!(text.ends_with("▇\n  ✗ The quota\u{fffd}[2J is used up.\n"), "{text}");
}

#[test]
fn what_happened_to_a_span_is_below_it_and_its_last_error_only_once() {
    let at = |milliseconds: i64| 1_700_000_000_000_000_i64 + milliseconds * 1_000;
    let mut spans = spans();
    spans[1]["tags"] = serde_json::json!([{"key": "error", "value": true}]);
    spans[1]["logs"] = serde_json::json!([
        {"timestamp": at(50), "fields": [
            {"key": "event", "value": "exception"}, {"key": "exception.message", "value": "It is away."},
        ]},
        {"timestamp": at(55), "fields": [
            {"key": "event", "value": "exception"}, {"key": "exception.message", "value": "It is\nstill away."},
        ]},
    ]);
    spans[2]["logs"] =
        serde_json::json!([{"timestamp": at(900), "fields": [{"key": "event", "value": "interrupted"}]}]);
    let expected = "\
Trace t of the Delivery shop/primeiro: 3 spans, 1.0 s

SPAN             SERVICE     START   DURATION
accept           operator     0 ms      30 ms   ▇
  create pod ✗   operator    40 ms      20 ms   ▇
  ✗ It is away.
  ! At 55 ms: It is\u{fffd}still away.
  drive          operator   500 ms     500 ms         ▇▇▇▇▇▇
  ! At 900 ms: interrupted
";
    assert_eq!(text(&waterfall(&spans).unwrap(), false, 60), expected);
    let many = vec![spans[2]["logs"][0].clone(); MAX_EVENTS + 1];
    spans[2]["logs"] = serde_json::json!(many);
    let text = text(&waterfall(&spans).unwrap(), false, 60);
    assert_eq!(text.lines().filter(|line| line.ends_with("interrupted")).count(), MAX_EVENTS, "{text}");
}

#[test]
fn fuzzed_answers_are_drawn_with_a_line_for_each_span_that_does_not_control_the_terminal() {
    // A column is as wide as its longest cell.
    let report = Fuzz::new("trace").memory_per_byte(4_096).run(|input| {
        let Ok(answer) = serde_json::from_slice(input) else { return "no answer" };
        let Some(found) = Waterfall::of("shop", "primeiro", "t", answer) else { return "no spans" };
        let ids: BTreeSet<&str> = found.spans.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids.len(), found.spans.len(), "each once");
        let failed = found.spans.iter().filter(|step| step.error.is_some()).count();
        let below: usize = found.spans.iter().map(|step| notes(step).len()).sum();
        for wide in [false, true] {
            let text = text(&found, wide, 100);
            assert_eq!(text.lines().count(), 3 + found.spans.len() + below, "{text}");
            assert!(!text.chars().any(|one| one.is_control() && one != '\n'), "{text:?}");
        }
        serde_json::to_string(&found).unwrap();
        if failed > 0 { "a failure" } else { "a trace" }
    });
    report.reached(&["a trace", "a failure", "no spans", "no answer"]);
}
