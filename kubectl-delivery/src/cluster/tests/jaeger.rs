use super::*;

#[test]
fn without_a_place_the_way_out_is_named() {
    let off = JaegerError::Off("shop".to_owned());
    assert!(off.to_string().contains("tracing.endpoint") && off.to_string().contains("--jaeger"), "{off}");
    assert_eq!((off.reason(), off.is_answer()), ("TracesOff", false));
}
