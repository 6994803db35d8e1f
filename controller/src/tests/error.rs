use super::*;

#[test]
fn an_error_says_what_was_tried_and_keeps_the_cause() {
    let status = kube::core::Status { code: 403, message: "pods is forbidden".to_owned(), ..Default::default() };
    let cause = kube::Error::Api(Box::new(status));
    assert!(answered(&cause, 403) && !answered(&cause, 404));
    assert!(!answered(&kube::Error::LinesCodecMaxLineLengthExceeded, 403));
    let text = ApiError::when("list the pods")(cause).to_string();
    assert!(text.starts_with("Cannot list the pods through the Kubernetes API: "), "{text}");
    assert!(text.contains("pods is forbidden"), "{text}");
}
