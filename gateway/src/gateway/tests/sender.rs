use super::*;

#[test]
fn only_a_valid_traceparent_is_passed_on() {
    let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(trace_parent(valid), Some(valid));
    assert!(trace_parent(&new_trace()).is_some() && new_trace() != new_trace());
    let no_trace = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
    let no_span = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16));
    for garbage in [
        &*no_trace,
        &no_span,
        "",
        "00",
        &valid.to_uppercase(),
        &valid[..54],
        &format!("{valid}-x"),
        &valid.replace("00-4", "01-4"),
    ] {
        assert_eq!(trace_parent(garbage), None, "{garbage}");
    }
}
