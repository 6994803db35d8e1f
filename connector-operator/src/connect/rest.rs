//! The REST API of one Kafka Connect cluster, as far as it is used. It decides nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use delivery_http_client::{ClientError, Http, HttpError, Trust};
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::options::Options;
use crate::config::Cluster;
use crate::metrics::Metrics;
use crate::strimzi::annotations::Restart;
use crate::strimzi::connector::TargetState;
use crate::strimzi::reason::Reason;

/// The time limit of a read.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// The time limit of a change: Connect lets the plugin validate the configuration, and some plugins ask their servers first.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// How many bytes of a response that is not Connect's own are quoted.
const MAX_QUOTED: usize = 200;

/// Why Connect did not do something.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// No response.
    #[error("Kafka Connect at {url} cannot be reached: {source}. Retrying.")]
    Unreachable {
        /// The configured URL.
        url: String,
        /// The cause.
        source: HttpError,
    },
    /// It is rebalancing, which ends by itself.
    #[error("Kafka Connect at {url} is rebalancing its connectors among its workers: {message}. Retrying.")]
    Rebalancing {
        /// The configured URL.
        url: String,
        /// Its message.
        message: String,
    },
    /// It refused the request.
    #[error("Kafka Connect answered {status}: {message}")]
    Refused {
        /// HTTP's status.
        status: u16,
        /// Its message.
        message: String,
    },
    /// A response that is not Connect's.
    #[error(
        "The server at {url} is not Kafka Connect, or is still starting; it answered {status}: {message}. Retrying."
    )]
    NotConnect {
        /// The configured URL.
        url: String,
        /// HTTP's status.
        status: u16,
        /// The beginning of the response.
        message: String,
    },
    /// The login cannot be read.
    #[error("Cannot read the login for Kafka Connect from {}: {source}. Check credentialsDirectory.", path.display())]
    Login {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl RestError {
    /// The reason in the status.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Unreachable { source: HttpError::Timeout(_), .. } => Reason::Timeout,
            Self::Unreachable { .. } => Reason::Connect,
            _ => Reason::ConnectRest,
        }
    }
}

/// The maximum size of a response in bytes.
const MAX_RESPONSE: usize = 8 << 20;

/// The client that all clusters share. Certificates are checked by the system's list, or by that of `SSL_CERT_FILE`.
///
/// # Errors
/// When there is no list of certificate authorities.
pub fn client() -> Result<Http, ClientError> {
    Http::new(Trust::System, MAX_RESPONSE)
}

/// The REST API of one Kafka Connect cluster.
#[derive(Clone, Debug)]
pub struct Connect {
    http: Http,
    url: String,
    login: Option<PathBuf>,
    metrics: Metrics,
}

/// The body of an error response of Connect.
#[derive(Deserialize)]
struct Refusal {
    error_code: u16,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    config: Options,
}

#[derive(Deserialize)]
struct Topics {
    topics: Vec<String>,
}

impl Connect {
    /// The cluster that the configuration describes.
    #[must_use]
    pub fn new(http: Http, cluster: &Cluster, metrics: Metrics) -> Self {
        let url = cluster.url.trim_end_matches('/').to_owned();
        Self { http, url, login: cluster.credentials_directory.clone(), metrics }
    }

    /// The same cluster, asked through one of its workers: `host:port`.
    #[must_use]
    pub fn through(&self, worker: &str) -> Self {
        let scheme = self.url.split_once("://").map_or("http", |(scheme, _)| scheme);
        Self { url: format!("{scheme}://{worker}"), ..self.clone() }
    }

    /// All connectors and their options.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn list(&self) -> Result<BTreeMap<String, Options>, RestError> {
        let listed: BTreeMap<String, Listed> = self.get("?expand=info").await?.unwrap_or_default();
        Ok(listed.into_iter().map(|(name, listed)| (name, listed.info.config)).collect())
    }

    /// The options of a connector; `None` when there is none.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn options(&self, name: &str) -> Result<Option<Options>, RestError> {
        self.get(&format!("/{name}/config")).await
    }

    /// The status of a connector; `None` when there is none, or none yet.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn status(&self, name: &str) -> Result<Option<Value>, RestError> {
        self.get(&format!("/{name}/status")).await
    }

    /// The topics that a connector has used, in order; none when Connect does not track them.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn topics(&self, name: &str) -> Result<Vec<String>, RestError> {
        let reply: Result<Option<BTreeMap<String, Topics>>, _> = self.get(&format!("/{name}/topics")).await;
        let mut topics = match reply {
            Ok(topics) => topics.and_then(|mut topics| topics.remove(name)).map(|it| it.topics).unwrap_or_default(),
            Err(RestError::Refused { status: 403, .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        topics.sort_unstable();
        Ok(topics)
    }

    /// What the plugin of a class says of options when it validates them, which changes nothing.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn validate(&self, class: &str, options: &Options) -> Result<Value, RestError> {
        let path = format!("/connector-plugins/{class}/config/validate");
        let body = self.request(Method::PUT, &path, Some(json!(options)), READ_LIMIT).await?;
        serde_json::from_slice(&body).map_err(|_| self.not_connect(StatusCode::OK, &body))
    }

    /// The offsets of a connector.
    ///
    /// # Errors
    /// When Connect refused the request or did not answer.
    pub async fn offsets(&self, name: &str) -> Result<Option<Value>, RestError> {
        self.get(&format!("/{name}/offsets")).await
    }

    /// Creates a running connector, or gives one other options.
    ///
    /// # Errors
    /// When Connect refuses, for example because the plugin rejects the options.
    pub async fn put(&self, name: &str, options: &Options) -> Result<(), RestError> {
        self.write(Method::PUT, &format!("/{name}/config"), Some(json!(options))).await
    }

    /// Creates a connector in a state, so that one that should be stopped never runs first.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn create(&self, name: &str, options: &Options, state: TargetState) -> Result<(), RestError> {
        let state = match state {
            TargetState::Running => "RUNNING",
            TargetState::Paused => "PAUSED",
            TargetState::Stopped => "STOPPED",
        };
        self.write(Method::POST, "", Some(json!({ "name": name, "config": options, "initial_state": state }))).await
    }

    /// Brings a connector into a state.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn set_state(&self, name: &str, state: TargetState) -> Result<(), RestError> {
        let verb = match state {
            TargetState::Running => "resume",
            TargetState::Paused => "pause",
            TargetState::Stopped => "stop",
        };
        self.write(Method::PUT, &format!("/{name}/{verb}"), None).await
    }

    /// Restarts a connector.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn restart(&self, name: &str, restart: Restart) -> Result<(), RestError> {
        let Restart { include_tasks, only_failed } = restart;
        let path = format!("/{name}/restart?includeTasks={include_tasks}&onlyFailed={only_failed}");
        self.write(Method::POST, &path, None).await
    }

    /// Restarts one task of a connector.
    ///
    /// # Errors
    /// When Connect refuses, for example because there is no such task.
    pub async fn restart_task(&self, name: &str, task: u32) -> Result<(), RestError> {
        self.write(Method::POST, &format!("/{name}/tasks/{task}/restart"), None).await
    }

    /// Sets offsets of a stopped connector.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn alter_offsets(&self, name: &str, offsets: &Value) -> Result<(), RestError> {
        self.write(Method::PATCH, &format!("/{name}/offsets"), Some(offsets.clone())).await
    }

    /// Resets the offsets of a stopped connector.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn reset_offsets(&self, name: &str) -> Result<(), RestError> {
        self.write(Method::DELETE, &format!("/{name}/offsets"), None).await
    }

    /// Deletes a connector, unless it is gone already.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn delete(&self, name: &str) -> Result<(), RestError> {
        match self.write(Method::DELETE, &format!("/{name}"), None).await {
            Err(RestError::Refused { status: 404, .. }) => Ok(()),
            other => other,
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, RestError> {
        match self.request(Method::GET, &format!("/connectors{path}"), None, READ_LIMIT).await {
            Ok(body) => serde_json::from_slice(&body).map(Some).map_err(|_| self.not_connect(StatusCode::OK, &body)),
            Err(RestError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, method: Method, path: &str, body: Option<Value>) -> Result<(), RestError> {
        self.request(method, &format!("/connectors{path}"), body, WRITE_LIMIT).await.map(|_| ())
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        limit: Duration,
    ) -> Result<Bytes, RestError> {
        let body = body.map(|body| body.to_string().into_bytes());
        let url = format!("{}{path}", self.url);
        let login = self.login().await?;
        let begun = Instant::now();
        let response = self.http.send(method, &url, login.as_ref(), body, limit).await;
        self.metrics.connect_asked(response.as_ref().ok().map(|(status, _)| *status), begun.elapsed());
        let (status, body) = response.map_err(|source| RestError::Unreachable { url: self.url.clone(), source })?;
        if status.is_success() {
            return Ok(body);
        }
        // An error that is not in Connect's own form comes from a proxy, from another server, or from a worker that is starting.
        let Ok(refusal) = serde_json::from_slice::<Refusal>(&body) else { return Err(self.not_connect(status, &body)) };
        let message = refusal.message.unwrap_or_else(|| "no reason given".to_owned());
        Err(match refusal.error_code {
            // While rebalancing it answers some requests with 500.
            status if status == 409 || (status == 500 && message.contains("rebalance")) => {
                RestError::Rebalancing { url: self.url.clone(), message }
            }
            status => RestError::Refused { status, message },
        })
    }

    fn not_connect(&self, status: StatusCode, body: &[u8]) -> RestError {
        let text = String::from_utf8_lossy(body.get(..MAX_QUOTED).unwrap_or(body)).trim().replace('\n', " ");
        RestError::NotConnect { url: self.url.clone(), status: status.as_u16(), message: text }
    }

    /// Read for each request, since a mounted Secret may change at any time.
    async fn login(&self) -> Result<Option<HeaderValue>, RestError> {
        let Some(directory) = &self.login else { return Ok(None) };
        let mut parts = Vec::new();
        for file in ["username", "password"] {
            let path = directory.join(file);
            let read = tokio::fs::read_to_string(&path).await;
            parts.push(
                read.map_err(|source| RestError::Login { path, source })?.trim_end_matches(['\r', '\n']).to_owned(),
            );
        }
        let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(parts.join(":")))).ok();
        if let Some(value) = &mut value {
            value.set_sensitive(true);
        }
        Ok(value)
    }
}
