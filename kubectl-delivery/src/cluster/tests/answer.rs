use http::Response;

use super::*;

/// What is read, of at most four bytes, when a server answers so.
async fn read(answer: &'static [u8]) -> Result<Vec<u8>, AnswerError> {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let (_, send) = handle.next_request().await.unwrap();
        send.send_response(Response::new(Body::from(answer.to_vec())));
    });
    let request = Request::get("/any").body(Body::empty()).unwrap();
    let read = exchange(&Client::new(service, "shop"), request, 4).await;
    serving.await.unwrap();
    read.map(|(_, body)| body)
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_an_error_and_one_of_the_limit_is_not() {
    assert_eq!(read(b"four").await.unwrap(), b"four");
    assert!(matches!(read(b"five!").await, Err(AnswerError::TooLong(4))));
    assert_eq!(AnswerError::TooLong(LIMIT).to_string(), "the answer is larger than 65536 KiB");
}
