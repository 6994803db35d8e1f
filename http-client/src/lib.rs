//! A small HTTP client for the servers of others: one request, one bounded answer, one time limit. What is asked, and what an answer
//! means, is for who asks.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept: less than servers commonly keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The most idle connections to one server that are kept.
const IDLE_CONNECTIONS: usize = 8;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody is there, or not for long enough.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody is there and does not answer.
    #[error("there was no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The answer has more bytes than may be.
    #[error("the answer is longer than {} KiB", .0 >> 10)]
    TooLong(usize),
    /// Nothing that could be sent.
    #[error("the request is no valid one: {0}")]
    Invalid(#[from] http::Error),
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There are no certificates to trust.
    #[error("The certificates to trust cannot be used: {0}.")]
    Authorities(String),
}

/// Whose certificates are good.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// Nobody's: for `http://` only.
    Nobody,
    /// Those of the system's list, or of the one that `SSL_CERT_FILE` names.
    System,
    /// Those of these authorities, in the PEM form, and no others.
    Authorities(&'a [u8]),
}

/// The client; a clone shares its connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    answer_limit: usize,
}

impl Http {
    /// A client for `http://` and `https://` that takes answers of at most so many bytes.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn new(trust: Trust<'_>, answer_limit: usize) -> Result<Self, ClientError> {
        let mut plain = HttpConnector::new();
        plain.set_connect_timeout(Some(CONNECT_LIMIT));
        plain.set_nodelay(true);
        plain.enforce_http(false);
        let builder = HttpsConnectorBuilder::new();
        let builder = match trust {
            Trust::System => {
                builder.with_native_roots().map_err(|error| ClientError::Authorities(error.to_string()))?
            }
            Trust::Nobody => builder.with_tls_config(trusting(RootCertStore::empty())?),
            Trust::Authorities(pem) => builder.with_tls_config(trusting(roots(pem)?)?),
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(plain);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, answer_limit })
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// When there is no whole answer within the limit.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        login: Option<&HeaderValue>,
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
        let answer = self.client.request(request).await.map_err(|error| HttpError::Unreachable(deepest(&error)))?;
        let status = answer.status();
        match Limited::new(answer.into_body(), self.answer_limit).collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLong(self.answer_limit)),
            Err(error) => Err(HttpError::Unreachable(deepest(&*error))),
        }
    }
}

/// The authorities of a file.
fn roots(pem: &[u8]) -> Result<RootCertStore, ClientError> {
    let unfit = |error: &dyn Display| ClientError::Authorities(format!("ca.crt: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unfit(&error))?;
        roots.add(certificate).map_err(|error| unfit(&error))?;
    }
    if roots.is_empty() {
        return Err(unfit(&"it holds no certificate in the PEM form"));
    }
    Ok(roots)
}

/// TLS that trusts these authorities and no others.
fn trusting(roots: RootCertStore) -> Result<ClientConfig, ClientError> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ClientError::Authorities(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
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
    const ANSWER_LIMIT: usize = 1 << 20;

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
        Http::new(Trust::System, ANSWER_LIMIT).unwrap().send(Method::GET, url, None, None, limit).await
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
            assert_eq!(error.to_string(), "there was no answer within 0.2 s");
            assert!(begun.elapsed() < Duration::from_secs(2));
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER_LIMIT + 1).into_bytes();
        answer.resize(answer.len() + ANSWER_LIMIT + 1, b' ');
        let error = get(&server(answer).await, Duration::from_secs(10)).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLong(ANSWER_LIMIT)), "{error}");
    }

    #[test]
    fn without_tls_no_certificates_are_needed_and_bad_ones_are_named() {
        assert!(Http::new(Trust::Nobody, ANSWER_LIMIT).is_ok());
        for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let message = Http::new(Trust::Authorities(bad.as_bytes()), ANSWER_LIMIT).unwrap_err().to_string();
            assert!(message.contains("ca.crt"), "{message}");
        }
    }
}
