//! A small HTTP client: one request, one bounded answer, one time limit. What is asked, and what an answer means, is for
//! [`super::index`].

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept: less than servers commonly keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The most idle connections that are kept.
const IDLE_CONNECTIONS: usize = 8;
/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 16 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody is there, or not for long enough.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody is there and does not answer.
    #[error("there was no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The answer is too long.
    #[error("the answer is longer than {} MiB", ANSWER_LIMIT >> 20)]
    TooLong,
    /// Nothing that could be sent.
    #[error("the request is no valid one: {0}")]
    Invalid(#[from] hyper::http::Error),
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There are no certificates to trust.
    #[error("The certificates to trust cannot be used: {0}.")]
    Authorities(String),
}

/// The client; a clone shares its connections.
#[derive(Clone, Debug)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    /// A client that trusts these authorities, in the PEM form, or the system's. Only `secure` ones are asked for certificates.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn new(secure: bool, authorities: Option<&[u8]>) -> Result<Self, ClientError> {
        let mut plain = HttpConnector::new();
        plain.set_connect_timeout(Some(CONNECT_LIMIT));
        plain.set_nodelay(true);
        plain.enforce_http(false);
        let unfit = |error: &dyn std::fmt::Display| ClientError::Authorities(error.to_string());
        let builder = HttpsConnectorBuilder::new();
        let builder = match authorities {
            None if secure => builder.with_native_roots().map_err(|error| unfit(&error))?,
            _ => builder.with_tls_config(trusting(authorities.unwrap_or_default())?),
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(plain);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self(client))
    }

    /// Sends JSON and reads the answer.
    ///
    /// # Errors
    /// When there is no whole answer within the limit.
    pub async fn post(
        &self,
        url: &str,
        login: Option<&HeaderValue>,
        body: Vec<u8>,
        limit: Duration,
    ) -> Result<(StatusCode, Bytes), HttpError> {
        let mut request =
            Request::post(url).header(ACCEPT, "application/json").header(CONTENT_TYPE, "application/json");
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, login);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        timeout(limit, self.exchange(request)).await.unwrap_or(Err(HttpError::Timeout(limit)))
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

/// TLS that trusts these authorities and no others.
fn trusting(authorities: &[u8]) -> Result<ClientConfig, ClientError> {
    let unfit = |error: &dyn std::fmt::Display| ClientError::Authorities(format!("ca.crt: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        let certificate = certificate.map_err(|error| unfit(&error))?;
        roots.add(certificate).map_err(|error| unfit(&error))?;
    }
    if roots.is_empty() && !authorities.is_empty() {
        return Err(unfit(&"it holds no certificate in the PEM form"));
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    Ok(builder.map_err(|error| unfit(&error))?.with_root_certificates(roots).with_no_client_auth())
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

    #[test]
    fn without_tls_no_certificates_are_needed_and_bad_ones_are_named() {
        assert!(Http::new(false, None).is_ok());
        for bad in ["no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let message = Http::new(true, Some(bad.as_bytes())).unwrap_err().to_string();
            assert!(message.contains("ca.crt"), "{message}");
        }
    }
}
