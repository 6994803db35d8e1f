use super::*;

#[test]
fn an_answer_without_an_index_has_nothing() {
    let answer = br#"{"timed_out":false,"_shards":{"total":0,"successful":0},"hits":{"total":{"value":0}}}"#;
    let found = SearchResponse::<Value>::read(answer).unwrap();
    assert_eq!(found, SearchResponse::default());
    assert!(found.buckets::<CountBucket<String>>("routes").is_empty());
    assert_eq!((found.number("last"), found.percentiles("speed")), (None, None));
    assert!(found.documents.is_empty());
}

#[test]
fn what_is_no_whole_answer_is_not_taken_for_one() {
    for (bytes, expected) in [
        (&br#"{"timed_out":true}"#[..], ResponseError::TimedOut),
        (br#"{"timed_out":false,"_shards":{"total":3,"successful":2}}"#, ResponseError::Partial),
    ] {
        assert_eq!(SearchResponse::<NoSource>::read(bytes).unwrap_err(), expected);
    }
    for bytes in [&b""[..], b"{}", b"null", b"<html>", b"[1]", b"{\"timed_out\":0}", b"\xff", b"{\"timed_out\":false,"]
    {
        assert!(
            matches!(SearchResponse::<NoSource>::read(bytes), Err(ResponseError::Malformed(_))),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn what_was_found_is_read_and_what_is_strange_passed_over() {
    let found = SearchResponse::<CountBucket<String>>::read(
        br#"{"timed_out":false,"hits":{"total":{"value":3},"hits":[{"_source":{"key":"a","doc_count":1}},
            {"_source":{"key":7}},{}]},"aggregations":{"n":{"value":2.5},"none":{"value":null},
            "speed":{"values":[{"key":50.0,"value":8.5},{"key":95.0,"value":11.0}]},
            "empty":{"values":[{"key":50.0,"value":null}]},
            "routes":{"buckets":[{"key":"1","doc_count":4},{"key":2}]}}}"#,
    )
    .unwrap();
    assert_eq!((found.total, found.number("n"), found.number("none")), (3, Some(2.5), None));
    assert_eq!((found.percentiles("speed"), found.percentiles("empty")), (Some(vec![8.5, 11.0]), None));
    assert_eq!(found.buckets::<CountBucket<String>>("routes"), [CountBucket { key: "1".to_owned(), count: 4 }]);
    assert_eq!(found.documents, [CountBucket { key: "a".to_owned(), count: 1 }]);
}

#[test]
fn a_refusal_is_told_in_one_line() {
    let bytes = br#"{"error":{"type":"parsing_exception","reason":"unknown\nquery"}}"#;
    assert_eq!(refusal(bytes), "parsing_exception: unknownquery");
    assert_eq!(refusal(b"<html>"), "");
}
