use super::*;

#[test]
fn only_a_clear_no_is_a_refusal() {
    let answer = |code| kube::Error::Api(Box::new(kube::core::Status { code, ..kube::core::Status::default() }));
    assert!([400, 403, 404, 409, 422, 429].into_iter().all(|code| was_refused(&answer(code))));
    assert!([408, 500, 503, 504].into_iter().all(|code| !was_refused(&answer(code))));
    assert!(!was_refused(&kube::Error::LinesCodecMaxLineLengthExceeded));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_answer_is_given_up_in_time() {
    let silent = within(TIME_LIMIT, std::future::pending::<Result<(), Silent>>()).await;
    assert_eq!(silent.unwrap_err().to_string(), "The Kubernetes API server did not answer within 30 seconds.");
}

#[test]
fn what_passes_by_itself_is_no_refusal_and_a_proxys_page_neither() {
    let answer = |code, reason: &str| {
        let status = kube::core::Status::failure("any", reason).with_code(code);
        kube::Error::Api(Box::new(status))
    };
    assert!([400, 403, 404, 405, 413, 415, 422].into_iter().all(|code| refusal(&answer(code, "any")) == Some("any")));
    assert!([401, 408, 409, 429, 500, 503].into_iter().all(|code| refusal(&answer(code, "any")).is_none()));
    let page = answer(403, UNREADABLE);
    assert!(refusal(&page).is_none() && !may_be_the_objects(&answer(500, UNREADABLE)));
    assert!(may_be_the_objects(&answer(500, "InternalError")) && !may_be_the_objects(&answer(503, "any")));
}

#[test]
fn a_webhook_that_could_not_be_called_is_recognized_by_the_api_servers_sentence() {
    let answer = |code, message: &str| {
        let status = kube::core::Status { code, message: message.to_owned(), ..kube::core::Status::default() };
        kube::Error::Api(status.boxed())
    };
    let away = "Internal error occurred: failed calling webhook \"namespace.sidecar-injector.istio.io\": failed to call webhook: \
        Post \"https://istiod.istio-system.svc:443/inject?timeout=10s\": dial tcp 10.96.83.122:443: connect: connection refused";
    let error = answer(500, away);
    let found = uncalled_webhook(&error).unwrap();
    assert!(found.is_of_the_mesh() && found.name == "namespace.sidecar-injector.istio.io");
    assert!(found.cause.starts_with("failed to call webhook: Post \"https://istiod"), "{}", found.cause);
    assert_eq!(found.sentence, away);
    let other = answer(500, "Internal error occurred: failed calling webhook \"policies.example.com\": EOF");
    assert!(!uncalled_webhook(&other).unwrap().is_of_the_mesh());
    let denied = "admission webhook \"namespace.sidecar-injector.istio.io\" denied the request: no";
    for error in [answer(400, denied), answer(500, "etcdserver: request timed out"), answer(403, away)] {
        assert_eq!(uncalled_webhook(&error), None, "{error}");
    }
}
