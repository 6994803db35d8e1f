use super::*;
use crate::testing::{position, position_record};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn of(seq: u64, trace: &'static str) -> Option<FirstPosition> {
    let record = position_record(position("a", seq, false), 0);
    FirstPosition::of(&record, |name| (name == TRACEPARENT_HEADER).then_some(trace.as_bytes()))
}

#[test]
fn only_the_first_position_with_a_valid_trace_has_a_span() {
    let found = of(0, TRACE).unwrap();
    assert_eq!((found.delivery_id.as_str(), found.trace.to_string().as_str()), ("a", TRACE));
    assert_eq!(found.due, position("a", 0, false).at);
    assert_eq!(of(1, TRACE), None);
    assert_eq!(of(0, "00-<script>"), None);
    assert_eq!(FirstPosition::of(&Record::Unreadable(crate::model::record::RecordOffset::default()), |_| None), None);
}
