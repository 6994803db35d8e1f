//! A small HTTP client for external servers: one request, one response of bounded size, one time limit. What to request and what a
//! response means is left to the caller.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

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

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept: less than servers commonly keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The maximum number of idle connections that are kept per server.
const IDLE_CONNECTIONS: usize = 8;

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The connection could not be opened, or broke.
    #[error("{0}")]
    Unreachable(String),
    /// The server did not answer in time.
    #[error("there was no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The response has more bytes than the client's limit.
    #[error("the response is larger than {} KiB", .0 >> 10)]
    TooLong(usize),
    /// The request cannot be sent.
    #[error("the request is not valid: {0}")]
    Invalid(#[from] http::Error),
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The trusted certificates cannot be read.
    #[error("Cannot use the trusted certificates: {0}.")]
    Authorities(String),
}

/// Which certificates a server may have.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// None: for `http://` only.
    None,
    /// Those issued by the system's authorities, or by those in the file that `SSL_CERT_FILE` names.
    System,
    /// Those issued by these authorities, in PEM format, and no others.
    Authorities(&'a [u8]),
}

/// The client; a clone shares its connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    answer_limit: usize,
}

impl Http {
    /// A client for `http://` and `https://` that accepts responses of at most `answer_limit` bytes.
    ///
    /// # Errors
    /// When the trusted certificates cannot be read.
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
            Trust::None => builder.with_tls_config(trusting(RootCertStore::empty())?),
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

    /// Sends one request and reads the response; `login` is the value of the header `Authorization`.
    ///
    /// # Errors
    /// When there is no complete response within `limit`.
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
        self.request(request.body(Bytes::from(body.unwrap_or_default()))?, limit).await
    }

    /// Sends one request as it is, with its headers, and reads the response.
    ///
    /// # Errors
    /// When there is no complete response within `limit`.
    pub async fn request(&self, request: Request<Bytes>, limit: Duration) -> Result<(StatusCode, Bytes), HttpError> {
        let exchange = self.exchange(request.map(Full::new));
        tokio::time::timeout(limit, exchange).await.unwrap_or(Err(HttpError::Timeout(limit)))
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

/// The authorities in a PEM file.
fn roots(pem: &[u8]) -> Result<RootCertStore, ClientError> {
    let unfit = |error: &dyn Display| ClientError::Authorities(format!("ca.crt: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unfit(&error))?;
        roots.add(certificate).map_err(|error| unfit(&error))?;
    }
    if roots.is_empty() {
        return Err(unfit(&"it holds no certificate in PEM format"));
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

/// The innermost cause; the errors around it say only that there was one.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
#[path = "tests/lib.rs"]
mod tests;
