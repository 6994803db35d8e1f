//! HTTP, as any client speaks it: one request, one answer.

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// Sends a request with a body of JSON, or none, and reads the answer as JSON; an answer that is not JSON is returned as text.
///
/// # Errors
/// When there is no answer. A status other than 200 is no error.
pub async fn ask(method: Method, url: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let body = Full::new(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default());
    let request = Request::builder().method(method).uri(url).header("content-type", "application/json").body(body)?;
    let answer = client.request(request).await.with_context(|| format!("no answer from {url}"))?;
    let status = answer.status();
    let bytes = answer.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)))))
}
