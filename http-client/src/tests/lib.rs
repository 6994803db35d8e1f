use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const LIMIT: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: usize = 1 << 20;

/// A server that answers the first request of each connection, and then stays silent.
async fn server(answer: Vec<u8>) -> String {
    serving(TcpListener::bind("127.0.0.1:0").await.unwrap(), answer)
}

/// The same at a given address.
fn serving(listener: TcpListener, answer: Vec<u8>) -> String {
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 1_024]).await;
            let _ = socket.write_all(&answer).await;
            kept.push(socket);
        }
    });
    url
}

async fn get(url: &str, limit: Duration) -> Result<(StatusCode, Bytes), HttpError> {
    Http::new(Trust::System, ANSWER_LIMIT).unwrap().send(Method::GET, url, None, None, limit).await
}

#[tokio::test]
async fn a_response_is_read_completely() {
    let url = server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}".to_vec()).await;
    assert_eq!(get(&url, LIMIT).await.unwrap(), (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")));
}

#[tokio::test]
async fn a_server_at_an_ipv6_address_in_brackets_is_reached() {
    // On a machine without IPv6 there is no such server.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let url = serving(listener, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec());
    assert!(url.starts_with("http://[::1]:"), "{url}");
    assert_eq!(get(&url, LIMIT).await.unwrap().0, StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_costs_no_more_than_the_limit() {
    let refused = get("http://127.0.0.1:1", LIMIT).await.unwrap_err().to_string();
    assert!(refused.contains("refused"), "{refused}");
    for answer in [Vec::new(), b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{".to_vec()] {
        let (url, begun) = (server(answer).await, Instant::now());
        let error = get(&url, Duration::from_millis(200)).await.unwrap_err();
        assert_eq!(error.to_string(), "there was no answer within 0.2 s");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn a_response_without_end_is_abandoned() {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER_LIMIT + 1).into_bytes();
    answer.resize(answer.len() + ANSWER_LIMIT + 1, b' ');
    let error = get(&server(answer).await, Duration::from_secs(10)).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLong(ANSWER_LIMIT)), "{error}");
}

#[test]
fn without_tls_no_certificates_are_needed_and_bad_ones_are_named() {
    assert!(Http::new(Trust::None, ANSWER_LIMIT).is_ok());
    for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let message = Http::new(Trust::Authorities(bad.as_bytes()), ANSWER_LIMIT).unwrap_err().to_string();
        assert!(message.contains("ca.crt"), "{message}");
    }
}
