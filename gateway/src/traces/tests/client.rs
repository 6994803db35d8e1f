use super::*;

fn store() -> TraceStore {
    TraceStore::open(&TracesConfig { url: "http://jaeger:16686/base/".to_owned() }).unwrap()
}

#[test]
fn a_search_names_the_delivery_and_the_time_since_its_creation() {
    assert_eq!(
        store().search("7d0c6a1e-1", 1_795_340_100_000, 1_795_340_200_000),
        "http://jaeger:16686/base/api/traces?service=code-delivery-operator\
         &tags=%7B%22delivery%2Eid%22%3A%227d0c6a1e%2D1%22%7D&start=1795339500000000&end=1795340800000000&limit=1"
    );
}

#[test]
fn a_trace_that_is_known_is_asked_for_by_its_id() {
    assert_eq!(store().by_id(0xab), "http://jaeger:16686/base/api/traces/000000000000000000000000000000ab");
}

#[test]
fn whatever_an_id_holds_is_only_a_text() {
    let url = store().search("a\"}&service=*&limit=9#/..", 0, 0);
    let query = url.strip_prefix("http://jaeger:16686/base/api/traces?").unwrap();
    assert_eq!(query.split('&').count(), 5, "{url}");
    assert!(!query.contains(['"', '#', '/']), "{url}");
    assert!(store().search(&delivery_fuzz::megabyte(), 0, 0).len() < 1_500);
}

#[test]
fn an_answer_that_is_not_jaegers_is_said_to_be_none() {
    let read = |status, body: &'static str| read(Ok((status, bytes::Bytes::from_static(body.as_bytes()))));
    assert!(read(StatusCode::OK, r#"{"data": null}"#).unwrap().is_some());
    let unknown = r#"{"data": null, "errors": [{"code": 404, "msg": "trace not found"}]}"#;
    assert!(read(StatusCode::NOT_FOUND, unknown).unwrap().is_none());
    for strange in ["", "<html>", r#"{"error": "not found"}"#] {
        assert_eq!(read(StatusCode::NOT_FOUND, strange).unwrap_err(), "it answers 404 Not Found", "{strange}");
    }
    assert!(read(StatusCode::OK, "<html>").unwrap_err().starts_with("the answer is not Jaeger's"));
    assert_eq!(read(StatusCode::BAD_GATEWAY, "").unwrap_err(), "it answers 502 Bad Gateway");
    assert!(super::read(Err(HttpError::TooLong(4 << 20))).is_err());
}

#[test]
fn an_answer_is_about_a_delivery_only_if_a_span_says_so() {
    let answer = |text: &str| serde_json::from_str::<Answer>(text).unwrap();
    let span = r#"{"spanID": "a", "operationName": "accept", "startTime": 1, "duration": 2, "tags": [
        {"key": "attempt", "value": 1}, {"key": "delivery.id", "value": "d1"}
    ]}"#;
    let about = answer(&format!(r#"{{"data": [{{"traceID": "ab", "spans": [{span}]}}]}}"#));
    assert!(
        about.mentions(DELIVERY_ID, "d1") && !about.mentions(DELIVERY_ID, "d2") && !about.mentions("attempt", "d1")
    );
    let another =
        format!(r#"{{"data": [{{"traceID": "cd", "spans": null}}, {{"traceID": "ab", "spans": [{span}]}}]}}"#);
    assert!(!answer(&another).mentions(DELIVERY_ID, "d1"), "only the first trace is shown");
    assert!(!answer(r#"{"data": null}"#).mentions(DELIVERY_ID, "d1"));
}
