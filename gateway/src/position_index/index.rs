//! Elasticsearch, as the gateway asks it: a few questions at once, each within a time, all of whose searches go to the sink's aliases.
//!
//! An alias that is not there, since no connector has run yet, holds nothing. A server that does not answer is left alone until
//! [`crate::service::probe`] has found it again, so that nobody waits for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_http_client::{ClientError, Http, HttpError, Trust};
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::found::{self, Found, Nothing, Unread};
use super::login::{self, LoginError};
use crate::config::ElasticsearchConfig;

/// The most questions that are asked at once.
const PLACES: usize = 4;
/// The most that wait for a place; further ones are sent away at once, so that they take no connections from others.
const QUEUE: usize = 32;
/// How long one waits for a place.
const WAIT: Duration = Duration::from_secs(2);
/// How long a question with all its searches may take.
pub const LIMIT: Duration = Duration::from_secs(5);
/// How long Elasticsearch may take to say that it is there.
const PING_LIMIT: Duration = Duration::from_secs(2);
/// By how much Elasticsearch's own limit ends before ours, so that it is the one to say so.
const GRACE: Duration = Duration::from_millis(500);
/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 16 << 20;

/// What the sink writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    /// Every position.
    Positions,
    /// The newest plan of each delivery.
    Plans,
    /// The newest state of each delivery.
    States,
    /// Every start request.
    Requests,
}

impl Alias {
    const fn name(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Plans => "plans",
            Self::States => "states",
            Self::Requests => "requests",
        }
    }
}

/// Why Elasticsearch cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// There is no client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Nobody answers; why.
    #[error(
        "Elasticsearch, which holds the history, does not answer; what is under way is not affected. Try again later."
    )]
    Away(String),
    /// The gateway is not let in.
    #[error(
        "Elasticsearch, which holds the history, refuses the gateway ({0}); check the Secret of elasticsearch.secret and its user's rights."
    )]
    Refused(StatusCode),
    /// It answers something else; what is wrong with it.
    #[error("Elasticsearch, which holds the history, cannot answer now; the gateway's log says why. Try again later.")]
    Unfit(String),
    /// It takes too long.
    #[error("Elasticsearch did not find the answer within {} seconds; ask for a shorter time or a smaller place.", LIMIT.as_secs())]
    TooSlow,
    /// Too much is asked at once.
    #[error("Too many questions about the history are asked at once; try again in a few seconds.")]
    Busy,
}

impl SearchError {
    /// A stable name.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Away(_) | Self::Refused(_) | Self::Unfit(_) => "HistoryUnavailable",
            Self::TooSlow => "HistoryTooSlow",
            Self::Busy => "HistoryBusy",
        }
    }

    /// What is wrong for who runs the gateway; clients are told no more than the error itself says.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Away(why) => {
                format!("Elasticsearch does not answer: {why}. Check elasticsearch.url and the network.")
            }
            Self::Unfit(why) => format!("Elasticsearch cannot answer: {why}."),
            other => other.to_string(),
        }
    }
}

/// The way to Elasticsearch.
#[derive(Debug)]
pub struct Index {
    http: Http,
    /// Address and prefix of every alias.
    base: String,
    login: Option<HeaderValue>,
    places: Semaphore,
    queue: Semaphore,
    up: AtomicBool,
}

/// A question that has its place.
#[derive(Debug)]
pub struct Asking<'a> {
    index: &'a Index,
    deadline: Instant,
    _place: SemaphorePermit<'a>,
}

impl Index {
    /// The way of a configuration. Elasticsearch need not be there yet.
    ///
    /// # Errors
    /// When the secret files cannot be used.
    pub async fn open(config: &ElasticsearchConfig) -> Result<Self, OpenError> {
        let login = login::read(config.secret_directory.as_deref()).await?;
        let url = config.url.trim_end_matches('/');
        let trust = match login.authorities.as_deref() {
            Some(authorities) => Trust::Authorities(authorities),
            None if url.starts_with("https://") => Trust::System,
            None => Trust::None,
        };
        Ok(Self {
            http: Http::new(trust, ANSWER_LIMIT)?,
            base: format!("{url}/{}", config.index_prefix),
            login: login.authorization,
            places: Semaphore::new(PLACES),
            queue: Semaphore::new(QUEUE),
            up: AtomicBool::new(true),
        })
    }

    /// Takes a place to ask from.
    ///
    /// # Errors
    /// When Elasticsearch did not answer lately, or too many ask.
    pub async fn begin(&self) -> Result<Asking<'_>, SearchError> {
        if !self.up.load(Ordering::Relaxed) {
            return Err(SearchError::Away("it did not when it was last asked".to_owned()));
        }
        let _waiting = self.queue.try_acquire().map_err(|_| SearchError::Busy)?;
        let place = timeout(WAIT, self.places.acquire()).await;
        let place = place.map_err(|_| SearchError::Busy)?.map_err(|_| SearchError::Busy)?;
        Ok(Asking { index: self, deadline: Instant::now() + LIMIT, _place: place })
    }

    /// Asks whether Elasticsearch is there and lets the gateway in, and remembers it.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn ping(&self) -> Result<(), SearchError> {
        let nothing = json!({"size": 0, "terminate_after": 1, "track_total_hits": false});
        let answer = self.search::<Nothing>(Alias::Plans, nothing, PING_LIMIT).await;
        // One that is slow or crowded is there.
        let up = matches!(answer, Ok(_) | Err(SearchError::TooSlow | SearchError::Busy));
        let was = self.up.swap(up, Ordering::Relaxed);
        match &answer {
            Err(error) if was && !up => tracing::warn!(error = error.detail(), "The history cannot be asked."),
            _ if up && !was => tracing::info!("The history can be asked again."),
            _ => {}
        }
        answer.map(drop)
    }

    async fn search<T: DeserializeOwned>(
        &self,
        alias: Alias,
        mut body: Value,
        limit: Duration,
    ) -> Result<Found<T>, SearchError> {
        body["timeout"] = json!(format!("{}ms", limit.saturating_sub(GRACE).as_millis().max(1)));
        let url = format!(
            "{}{}/_search?ignore_unavailable=true&allow_no_indices=true&filter_path={}",
            self.base,
            alias.name(),
            found::PATHS
        );
        let bytes = serde_json::to_vec(&body).map_err(|error| SearchError::Unfit(error.to_string()))?;
        let answer = self.http.send(Method::POST, &url, self.login.as_ref(), Some(bytes), limit).await;
        meaning(answer)
    }
}

impl Asking<'_> {
    /// Searches, as long as the question has time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn search<T: DeserializeOwned>(&self, alias: Alias, body: Value) -> Result<Found<T>, SearchError> {
        self.search_within(alias, body, LIMIT).await
    }

    /// Searches for no longer than a limit.
    ///
    /// # Errors
    /// As [`Asking::search`].
    pub async fn search_within<T: DeserializeOwned>(
        &self,
        alias: Alias,
        body: Value,
        limit: Duration,
    ) -> Result<Found<T>, SearchError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(SearchError::TooSlow);
        }
        let answer = self.index.search(alias, body, left.min(limit)).await;
        answer.inspect_err(|error| {
            tracing::warn!(alias = alias.name(), error = error.detail(), "The history was asked in vain.");
        })
    }
}

/// What an answer means.
fn meaning<T: DeserializeOwned>(
    answer: Result<(StatusCode, bytes::Bytes), HttpError>,
) -> Result<Found<T>, SearchError> {
    let (status, bytes) = match answer {
        Ok(answer) => answer,
        Err(HttpError::Unreachable(why)) => return Err(SearchError::Away(why)),
        Err(HttpError::Timeout(_)) => return Err(SearchError::TooSlow),
        Err(error) => return Err(SearchError::Unfit(error.to_string())),
    };
    match status {
        StatusCode::OK => Found::read(&bytes).map_err(|unread| match unread {
            Unread::TimedOut => SearchError::TooSlow,
            Unread::Partial => SearchError::Unfit("a part of the index is not to be had".to_owned()),
            Unread::Malformed(why) => SearchError::Unfit(format!("the answer is none of Elasticsearch's: {why}")),
        }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SearchError::Refused(status)),
        StatusCode::TOO_MANY_REQUESTS => Err(SearchError::Busy),
        StatusCode::GATEWAY_TIMEOUT => Err(SearchError::TooSlow),
        _ => Err(SearchError::Unfit(format!("{status}: {}", found::refusal(&bytes)))),
    }
}
