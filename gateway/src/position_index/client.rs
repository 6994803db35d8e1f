//! The client of Elasticsearch: a bounded number of queries at once, each with a deadline, over the sink's aliases.
//!
//! A missing alias (no connector has run yet) is searched as an empty one. While Elasticsearch is known to be away, queries fail at
//! once; the probe in `service` finds out when it is back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_http_client::{ClientError, Http, HttpError, Trust};
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::credentials::{self, CredentialsError};
use super::response::{self, NoSource, ResponseError, SearchResponse};
use crate::config::ElasticsearchConfig;

/// The maximum number of queries at once.
const MAX_SESSIONS: usize = 4;
/// The maximum number of queries that wait for their turn; further ones fail at once, so that they hold no connections.
const MAX_QUEUED: usize = 32;
/// How long a query waits for its turn.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(2);
/// The deadline of a query with all its searches.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The time limit of a ping.
const PING_TIME_LIMIT: Duration = Duration::from_secs(2);
/// Elasticsearch's own timeout ends this much before ours, so that it reports the timeout itself.
const GRACE: Duration = Duration::from_millis(500);
/// The maximum size of a response, bytes.
const MAX_RESPONSE_BYTES: usize = 16 << 20;

/// The aliases that the sink writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alias {
    Positions,
    /// The newest plan of each delivery.
    Plans,
    /// The newest state of each delivery.
    States,
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

/// Why the client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The credentials cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why a query failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// No connection or no response; the cause.
    #[error("Elasticsearch, the position index, does not respond. Live deliveries are not affected. Try again later.")]
    Unavailable(String),
    /// The gateway is not authorized.
    #[error(
        "Elasticsearch, the position index, denied access to the gateway ({0}). Check the Secret named by elasticsearch.secret and its user's privileges."
    )]
    Refused(StatusCode),
    /// The response cannot be used; the cause.
    #[error("Elasticsearch, the position index, cannot answer now. The gateway's log has the cause. Try again later.")]
    Unusable(String),
    /// The deadline has passed.
    #[error("Elasticsearch did not find the answer within {} seconds. Query a shorter time range or a smaller area.", TIME_LIMIT.as_secs())]
    TooSlow,
    /// Too many queries at once.
    #[error("Too many history queries are running. Try again in a few seconds.")]
    Busy,
}

impl SearchError {
    /// A stable name, part of the HTTP API.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Refused(_) | Self::Unusable(_) => "HistoryUnavailable",
            Self::TooSlow => "HistoryTooSlow",
            Self::Busy => "HistoryBusy",
        }
    }

    /// The cause with details for the log. Clients only get the error's own message.
    #[must_use]
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Unavailable(why) => {
                format!("Elasticsearch does not respond: {why}. Check elasticsearch.url and the network.")
            }
            Self::Unusable(why) => format!("Elasticsearch cannot answer: {why}."),
            other => other.to_string(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct PositionIndex {
    http: Http,
    /// The server's URL with the prefix of every alias.
    base: String,
    login: Option<HeaderValue>,
    sessions: Semaphore,
    queue: Semaphore,
    available: AtomicBool,
}

/// A query in progress: it holds a permit and has a deadline.
#[derive(Debug)]
pub(crate) struct SearchSession<'a> {
    index: &'a PositionIndex,
    deadline: Instant,
    _permit: SemaphorePermit<'a>,
}

impl PositionIndex {
    /// Opens the index of a configuration. Elasticsearch need not be reachable yet.
    ///
    /// # Errors
    /// When the secret files cannot be used.
    pub(crate) async fn open(config: &ElasticsearchConfig) -> Result<Self, OpenError> {
        let login = credentials::read(config.secret_directory.as_deref()).await?;
        let url = config.url.trim_end_matches('/');
        let trust = match login.authorities.as_deref() {
            Some(authorities) => Trust::Authorities(authorities),
            None if url.starts_with("https://") => Trust::System,
            None => Trust::None,
        };
        Ok(Self {
            http: Http::new(trust, MAX_RESPONSE_BYTES)?,
            base: format!("{url}/{}", config.index_prefix),
            login: login.authorization,
            sessions: Semaphore::new(MAX_SESSIONS),
            queue: Semaphore::new(MAX_QUEUED),
            available: AtomicBool::new(true),
        })
    }

    /// Waits for a permit and starts the deadline.
    ///
    /// # Errors
    /// When the last ping failed, or too many queries wait.
    pub(crate) async fn open_session(&self) -> Result<SearchSession<'_>, SearchError> {
        if !self.available.load(Ordering::Relaxed) {
            return Err(SearchError::Unavailable("the last ping failed".to_owned()));
        }
        let _waiting = self.queue.try_acquire().map_err(|_| SearchError::Busy)?;
        let permit = timeout(QUEUE_TIMEOUT, self.sessions.acquire()).await;
        let permit = permit.map_err(|_| SearchError::Busy)?.map_err(|_| SearchError::Busy)?;
        Ok(SearchSession { index: self, deadline: Instant::now() + TIME_LIMIT, _permit: permit })
    }

    /// Checks that Elasticsearch responds and authorizes the gateway, and remembers the result.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) async fn ping(&self) -> Result<(), SearchError> {
        let nothing = json!({"size": 0, "terminate_after": 1, "track_total_hits": false});
        let answer = self.search::<NoSource>(Alias::Plans, nothing, PING_TIME_LIMIT).await;
        // A slow or busy server is available.
        let available = matches!(answer, Ok(_) | Err(SearchError::TooSlow | SearchError::Busy));
        let was = self.available.swap(available, Ordering::Relaxed);
        match &answer {
            Err(error) if was && !available => {
                tracing::warn!(error = error.detail(), "Elasticsearch is not available; history queries fail.");
            }
            _ if available && !was => tracing::info!("Elasticsearch is available again."),
            _ => {}
        }
        answer.map(drop)
    }

    async fn search<T: DeserializeOwned>(
        &self,
        alias: Alias,
        mut body: Value,
        limit: Duration,
    ) -> Result<SearchResponse<T>, SearchError> {
        if let Some(body) = body.as_object_mut() {
            body.insert("timeout".to_owned(), json!(format!("{}ms", limit.saturating_sub(GRACE).as_millis().max(1))));
        }
        let url = format!(
            "{}{}/_search?ignore_unavailable=true&allow_no_indices=true&filter_path={}",
            self.base,
            alias.name(),
            response::PATHS
        );
        let bytes = serde_json::to_vec(&body).map_err(|error| SearchError::Unusable(error.to_string()))?;
        let answer = self.http.send(Method::POST, &url, self.login.as_ref(), Some(bytes), limit).await;
        interpret(answer)
    }
}

impl SearchSession<'_> {
    /// Searches within the query's deadline.
    ///
    /// # Errors
    /// When there is no usable response.
    pub(crate) async fn search<T: DeserializeOwned>(
        &self,
        alias: Alias,
        body: Value,
    ) -> Result<SearchResponse<T>, SearchError> {
        self.search_within(alias, body, TIME_LIMIT).await
    }

    /// Searches within a limit and the query's deadline.
    ///
    /// # Errors
    /// As [`SearchSession::search`].
    pub(crate) async fn search_within<T: DeserializeOwned>(
        &self,
        alias: Alias,
        body: Value,
        limit: Duration,
    ) -> Result<SearchResponse<T>, SearchError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(SearchError::TooSlow);
        }
        let answer = self.index.search(alias, body, left.min(limit)).await;
        answer.inspect_err(|error| {
            tracing::warn!(alias = alias.name(), error = error.detail(), "An Elasticsearch search failed.");
        })
    }
}

/// Turns an HTTP response into a search response or an error.
fn interpret<T: DeserializeOwned>(
    answer: Result<(StatusCode, bytes::Bytes), HttpError>,
) -> Result<SearchResponse<T>, SearchError> {
    let (status, bytes) = match answer {
        Ok(answer) => answer,
        Err(HttpError::Unreachable(why)) => return Err(SearchError::Unavailable(why)),
        Err(HttpError::Timeout(_)) => return Err(SearchError::TooSlow),
        Err(error) => return Err(SearchError::Unusable(error.to_string())),
    };
    match status {
        StatusCode::OK => SearchResponse::read(&bytes).map_err(|unread| match unread {
            ResponseError::TimedOut => SearchError::TooSlow,
            ResponseError::Partial => SearchError::Unusable("not all shards responded".to_owned()),
            ResponseError::Malformed(why) => {
                SearchError::Unusable(format!("the response is not a search response: {why}"))
            }
        }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SearchError::Refused(status)),
        StatusCode::TOO_MANY_REQUESTS => Err(SearchError::Busy),
        StatusCode::GATEWAY_TIMEOUT => Err(SearchError::TooSlow),
        _ => Err(SearchError::Unusable(format!("{status}: {}", response::refusal(&bytes)))),
    }
}
