//! The client of Jaeger's query API: a bounded number of requests at once, each with a time limit and a response of bounded size.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_http_client::{ClientError, Http, HttpError, Trust};
use delivery_messages::Millis;
use delivery_messages::deliveries::direction::MAX_TEXT;
use delivery_messages::records::text::cut;
use hyper::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::spans::TraceView;
use crate::config::TracesConfig;
use crate::model::clock::now;
use crate::model::delivery::About;

/// The maximum number of requests at once; further ones are refused.
const MAX_REQUESTS: usize = 4;
/// How long Jaeger may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The maximum size of a response, bytes.
const MAX_RESPONSE_BYTES: usize = 4 << 20;
/// The service whose spans say which delivery they are about.
const SERVICE: &str = "code-delivery-operator";
/// The attribute that does.
const DELIVERY_ID: &str = "delivery.id";
/// By how much the clocks of machines may differ, milliseconds.
const MARGIN: Millis = 600_000;

/// Why there is no trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TraceError {
    /// Jaeger has none.
    #[error(
        "There is no trace of the delivery {0:?}. It began before traces were switched on, is not among those that are recorded \
         (tracing.samplingRatio), or is no longer kept; the spans of one that has just begun take a few seconds."
    )]
    Unknown(String),
    /// Jaeger does not answer, or not as Jaeger does; the cause.
    #[error("Jaeger, which keeps the traces, does not answer. Deliveries are not affected. Try again later.")]
    Unavailable(String),
    /// Too many requests at once.
    #[error("Too many traces are being read. Try again in a few seconds.")]
    Busy,
}

impl TraceError {
    /// A stable name, part of the HTTP API.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "UnknownTrace",
            Self::Unavailable(_) => "TracesUnavailable",
            Self::Busy => "TracesBusy",
        }
    }
}

/// Asks Jaeger.
#[derive(Debug)]
pub(crate) struct TraceStore {
    http: Http,
    url: String,
    requests: Semaphore,
    is_away: AtomicBool,
}

impl TraceStore {
    /// Opens the store of a configuration. Jaeger need not be reachable yet.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(crate) fn open(config: &TracesConfig) -> Result<Self, ClientError> {
        let url = config.url.trim_end_matches('/').to_owned();
        let trust = if url.starts_with("https://") { Trust::System } else { Trust::None };
        Ok(Self {
            http: Http::new(trust, MAX_RESPONSE_BYTES)?,
            url,
            requests: Semaphore::new(MAX_REQUESTS),
            is_away: AtomicBool::new(false),
        })
    }

    /// The trace of a delivery. Jaeger finds it by its id at once; where the plan does not name it, by a search.
    ///
    /// # Errors
    /// When there is none, or Jaeger cannot be asked.
    pub(crate) async fn trace(&self, about: &About) -> Result<TraceView, TraceError> {
        let _permit = self.requests.try_acquire().map_err(|_| TraceError::Busy)?;
        let id = &about.delivery_id;
        let url = match about.origin.trace {
            Some(trace) => self.by_id(trace),
            None => self.search(id, about.created_at, now()),
        };
        let answer = read(self.http.send(Method::GET, &url, None, None, TIME_LIMIT).await);
        self.note(answer.as_ref().err());
        let answer = answer.map_err(TraceError::Unavailable)?;
        // Whoever asks for a delivery may name any trace for it. If the operator has recorded nothing there, the trace is somebody else's.
        let answer = answer.filter(|answer| answer.mentions(DELIVERY_ID, id));
        answer.and_then(TraceView::of).ok_or_else(|| TraceError::Unknown(id.clone()))
    }

    fn by_id(&self, trace: u128) -> String {
        format!("{}/api/traces/{trace:032x}", self.url)
    }

    /// The search for the trace with a span of the operator about this delivery. Whatever the id holds, it is only a text, and a short one.
    fn search(&self, delivery_id: &str, created_at: Millis, now: Millis) -> String {
        let tags = json!({ DELIVERY_ID: cut(delivery_id, MAX_TEXT) }).to_string();
        let tags = utf8_percent_encode(&tags, NON_ALPHANUMERIC);
        let microseconds = |at: Millis| at.max(0).saturating_mul(1_000);
        let start = microseconds(created_at.saturating_sub(MARGIN));
        let end = microseconds(now.saturating_add(MARGIN));
        format!("{}/api/traces?service={SERVICE}&tags={tags}&start={start}&end={end}&limit=1", self.url)
    }

    /// Logs that Jaeger has gone or returned, once each.
    fn note(&self, problem: Option<&String>) {
        match (problem, self.is_away.swap(problem.is_some(), Ordering::Relaxed)) {
            (Some(problem), false) => {
                tracing::warn!(url = self.url, problem, "Jaeger does not answer; the page shows no traces.");
            }
            (None, true) => tracing::info!(url = self.url, "Jaeger answers again."),
            (Some(_), true) | (None, false) => {}
        }
    }
}

/// What Jaeger says; none if it knows no such trace.
fn read(answer: Result<(StatusCode, bytes::Bytes), HttpError>) -> Result<Option<Answer>, String> {
    match answer.map_err(|error| error.to_string())? {
        (StatusCode::OK, body) => {
            serde_json::from_slice(&body).map(Some).map_err(|error| format!("the answer is not Jaeger's: {error}"))
        }
        (StatusCode::NOT_FOUND, body) if is_of_jaeger(&body) => Ok(None),
        (status, _) => Err(format!("it answers {status}")),
    }
}

/// Whether an error is told as Jaeger does. Another server, or a path that is not Jaeger's, is not found either, but says so differently.
fn is_of_jaeger(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("errors").is_some_and(Value::is_array))
}

#[cfg(test)]
#[path = "tests/client.rs"]
mod tests;
