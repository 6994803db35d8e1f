//! The demo's one address for the browser: the map, and the services of purchases, invoices and notifications below `/api`.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::{PATIENCE, http, within};

/// How long to wait before a question is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// The entrance's address: `ENTRANCE`, or the demo's.
#[must_use]
pub fn address() -> String {
    std::env::var("ENTRANCE").unwrap_or_else(|_| "127.0.0.1:30080".to_owned())
}

/// Sends a request with these headers and any body, and reads the answer as it is.
///
/// # Errors
/// When there is no answer.
pub async fn send(method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Result<(StatusCode, Bytes)> {
    within("the entrance's answer", http::send(method, &format!("http://{}{path}", address()), headers, body)).await
}

/// Sends a request with a body of JSON, or none, and reads the answer as JSON.
///
/// # Errors
/// When there is no answer. A status other than 200 is no error.
pub async fn ask(method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
    within("the entrance's answer", http::ask(method, &format!("http://{}{path}", address()), body)).await
}

/// GET as JSON.
///
/// # Errors
/// When there is no answer with status 200.
pub async fn get(path: &str) -> Result<Value> {
    match ask(Method::GET, path, None).await? {
        (StatusCode::OK, value) => Ok(value),
        (status, value) => bail!("GET {path} answers {status}: {value}"),
    }
}

/// Repeats a GET until it answers with 200 and what is wanted. A service may be away meanwhile.
///
/// # Errors
/// When that takes too long; the error has the last answer.
pub async fn until(path: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let answer = get(path).await;
        if let Ok(value) = &answer
            && wanted(value)
        {
            return Ok(value.clone());
        }
        if begun.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?}, {path} is not as wanted: {answer:?}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
