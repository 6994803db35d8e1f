use super::*;

#[test]
fn only_a_clear_no_is_a_refusal() {
    let answer = |code| kube::Error::Api(Box::new(kube::core::Status { code, ..kube::core::Status::default() }));
    assert!([400, 403, 404, 409, 422, 429].into_iter().all(|code| was_refused(&answer(code))));
    assert!([408, 500, 503, 504].into_iter().all(|code| !was_refused(&answer(code))));
    assert!(!was_refused(&kube::Error::LinesCodecMaxLineLengthExceeded));
}
