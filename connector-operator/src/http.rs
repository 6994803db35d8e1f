//! A small HTTP client: one request, one bounded answer, one time limit. What is asked and what an answer means is for [`crate::rest`].

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: less than servers commonly keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 8 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody is there, or not for long enough.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody is there and does not answer.
    #[error("there was no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The answer is too long.
    #[error("the answer is longer than {} MiB", ANSWER_LIMIT >> 20)]
    TooLong,
    /// Nothing that could be sent.
    #[error("the request is no valid one: {0}")]
    Invalid(#[from] http::Error),
}

/// The client; a clone shares its connections.
#[derive(Clone, Debug)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    /// A client for `http://` and `https://`. Certificates are checked by the system's list, or by that of `SSL_CERT_FILE`.
    ///
    /// # Errors
    /// When there is no list of certificate authorities.
    pub fn new() -> std::io::Result<Self> {
        let mut plain = HttpConnector::new();
        plain.set_connect_timeout(Some(CONNECT_LIMIT));
        plain.set_nodelay(true);
        plain.enforce_http(false);
        let connector =
            HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().wrap_connector(plain);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(4)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self(client))
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// When there is no whole answer within the limit.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        login: Option<HeaderValue>,
        body: Option<Vec<u8>>,
        limit: Duration,
    ) -> Result<(StatusCode, Bytes), HttpError> {
        let mut request = Request::builder().method(method).uri(url).header(ACCEPT, "application/json");
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, login);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        tokio::time::timeout(limit, self.exchange(request)).await.unwrap_or(Err(HttpError::Timeout(limit)))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), HttpError> {
        let answer = self.0.request(request).await.map_err(|error| HttpError::Unreachable(deepest(&error)))?;
        let status = answer.status();
        match Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLong),
            Err(error) => Err(HttpError::Unreachable(deepest(&*error))),
        }
    }
}

/// What the system says in the end; the errors above it say only that there was one.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const LIMIT: Duration = Duration::from_secs(2);

    /// A server that answers each first request so, and then keeps still.
    async fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
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
        Http::new().unwrap().send(Method::GET, url, None, None, limit).await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole() {
        let url = server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}".to_vec()).await;
        assert_eq!(get(&url, LIMIT).await.unwrap(), (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")));
    }

    #[tokio::test]
    async fn a_server_that_is_away_or_silent_costs_no_more_than_the_limit() {
        let refused = get("http://127.0.0.1:1", LIMIT).await.unwrap_err().to_string();
        assert!(refused.contains("refused"), "{refused}");
        for answer in [Vec::new(), b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{".to_vec()] {
            let (url, begun) = (server(answer).await, Instant::now());
            let error = get(&url, Duration::from_millis(200)).await.unwrap_err();
            assert!(matches!(error, HttpError::Timeout(_)), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(2));
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER_LIMIT + 1).into_bytes();
        answer.resize(answer.len() + ANSWER_LIMIT + 1, b' ');
        let error = get(&server(answer).await, Duration::from_secs(10)).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLong), "{error}");
    }
}
