//! HTTP, as any client speaks it: one request, one answer.

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// Connections that stay open between requests; a clone shares them.
#[derive(Clone, Debug)]
pub struct Connections(Client<HttpConnector, Full<Bytes>>);

impl Default for Connections {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Connections {
    /// Sends a request with these headers and any body, and reads the answer as it is.
    ///
    /// # Errors
    /// When there is no answer. A status other than 200 is no error.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.0.request(request.body(Full::new(body))?).await;
        let answer = answer.with_context(|| format!("no answer from {url}"))?;
        Ok((answer.status(), answer.into_body().collect().await?.to_bytes()))
    }

    /// GET, and the answer as JSON; see [`json_of`].
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get(&self, url: &str) -> Result<(StatusCode, Value)> {
        let (status, bytes) = self.send(Method::GET, url, &[], Bytes::new()).await?;
        Ok((status, json_of(&bytes)))
    }
}

/// Sends a request with a body of JSON, or none, and reads the answer as JSON; an answer that is not JSON is returned as text.
///
/// # Errors
/// When there is no answer. A status other than 200 is no error.
pub async fn ask(method: Method, url: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
    let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    let (status, bytes) = send(method, url, &[("content-type", "application/json")], body).await?;
    Ok((status, json_of(&bytes)))
}

/// Sends a request over a connection of its own; see [`Connections::send`].
///
/// # Errors
/// As [`ask`].
pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<(StatusCode, Bytes)> {
    Connections::default().send(method, url, headers, body).await
}

/// An answer as JSON; one that is not JSON as text.
#[must_use]
pub fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)))
}
