use bytes::Bytes;
use futures::stream;

use super::*;

fn pieces(count: usize) -> impl Stream<Item = Result<Bytes, warp::Error>> {
    stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"12345678"))))
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
    assert_eq!(whole(pieces(4), 32).await.unwrap().len(), 32);
    assert_eq!(whole(pieces(5), 32).await.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let never = stream::pending::<Result<Bytes, warp::Error>>();
    assert_eq!(whole(never, 32).await.unwrap_err().reason, "BodyTooSlow");
}
