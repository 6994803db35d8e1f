//! The REST API of one Kafka Connect cluster, as far as it is used. It decides nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use delivery_http_client::{ClientError, Http, HttpError, Trust};
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::annotations::Restart;
use crate::config::Cluster;
use crate::connector::TargetState;
use crate::desired::Options;

/// How long a question may take.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// How long a change may take: Connect asks the plugin whether it likes the configuration, and some look at their servers first.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// The most bytes of a message that is not Connect's own.
const QUOTED: usize = 200;

/// Why Connect did not do something.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// No answer.
    #[error("Kafka Connect at {url} cannot be reached: {source}. It is tried again.")]
    Away {
        /// Where it should be.
        url: String,
        /// What happened.
        source: HttpError,
    },
    /// It is sharing out its work; soon it is done.
    #[error("Kafka Connect at {url} is sharing out its connectors among its workers: {message}. It is tried again.")]
    Rebalancing {
        /// Where it is.
        url: String,
        /// What it says.
        message: String,
    },
    /// It said no.
    #[error("Kafka Connect answered {status}: {message}")]
    Refused {
        /// HTTP's status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// Somebody else's answer.
    #[error("What answers at {url} is not Kafka Connect, or is still starting: {status} {message}. It is tried again.")]
    Strange {
        /// Where it is.
        url: String,
        /// HTTP's status.
        status: u16,
        /// The beginning of the answer.
        message: String,
    },
    /// The login cannot be read.
    #[error("The login of Kafka Connect in {} cannot be read: {source}.", path.display())]
    Login {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 8 << 20;

/// The client that all clusters share. Certificates are checked by the system's list, or by that of `SSL_CERT_FILE`.
///
/// # Errors
/// When there is no list of certificate authorities.
pub fn client() -> Result<Http, ClientError> {
    Http::new(Trust::System, ANSWER_LIMIT)
}

/// The REST API of one Kafka Connect cluster.
#[derive(Clone, Debug)]
pub struct Connect {
    http: Http,
    url: String,
    login: Option<PathBuf>,
}

/// What Connect says when it says no.
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
    pub fn new(http: Http, cluster: &Cluster) -> Self {
        let url = cluster.url.trim_end_matches('/').to_owned();
        Self { http, url, login: cluster.credentials_directory.clone() }
    }

    /// All connectors and their options.
    ///
    /// # Errors
    /// When Connect does not tell.
    pub async fn all(&self) -> Result<BTreeMap<String, Options>, RestError> {
        let listed: BTreeMap<String, Listed> = self.get("?expand=info").await?.unwrap_or_default();
        Ok(listed.into_iter().map(|(name, listed)| (name, listed.info.config)).collect())
    }

    /// The options of a connector; `None` when there is none.
    ///
    /// # Errors
    /// When Connect does not tell.
    pub async fn options(&self, name: &str) -> Result<Option<Options>, RestError> {
        self.get(&format!("/{name}/config")).await
    }

    /// The status of a connector; `None` when there is none, or none yet.
    ///
    /// # Errors
    /// When Connect does not tell.
    pub async fn status(&self, name: &str) -> Result<Option<Value>, RestError> {
        self.get(&format!("/{name}/status")).await
    }

    /// The topics that a connector has used, in order; none when Connect does not track them.
    ///
    /// # Errors
    /// When Connect does not tell.
    pub async fn topics(&self, name: &str) -> Result<Vec<String>, RestError> {
        let answer: Result<Option<BTreeMap<String, Topics>>, _> = self.get(&format!("/{name}/topics")).await;
        let mut topics = match answer {
            Ok(topics) => topics.and_then(|mut topics| topics.remove(name)).map(|it| it.topics).unwrap_or_default(),
            Err(RestError::Refused { status: 403, .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        topics.sort_unstable();
        Ok(topics)
    }

    /// The offsets of a connector.
    ///
    /// # Errors
    /// When Connect does not tell.
    pub async fn offsets(&self, name: &str) -> Result<Option<Value>, RestError> {
        self.get(&format!("/{name}/offsets")).await
    }

    /// Creates a running connector, or gives one other options.
    ///
    /// # Errors
    /// When Connect refuses, among others because the plugin does not like the options.
    pub async fn put(&self, name: &str, options: &Options) -> Result<(), RestError> {
        self.write(Method::PUT, &format!("/{name}/config"), Some(json!(options))).await
    }

    /// Creates a connector in a state, so that one that should stand never runs first.
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
    pub async fn bring(&self, name: &str, state: TargetState) -> Result<(), RestError> {
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
    pub async fn restart(&self, name: &str, what: Restart) -> Result<(), RestError> {
        let Restart { include_tasks, only_failed } = what;
        let path = format!("/{name}/restart?includeTasks={include_tasks}&onlyFailed={only_failed}");
        self.write(Method::POST, &path, None).await
    }

    /// Restarts one task of a connector.
    ///
    /// # Errors
    /// When Connect refuses, among others because there is no such task.
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

    /// Forgets the offsets of a stopped connector.
    ///
    /// # Errors
    /// When Connect refuses.
    pub async fn reset_offsets(&self, name: &str) -> Result<(), RestError> {
        self.write(Method::DELETE, &format!("/{name}/offsets"), None).await
    }

    /// Deletes a connector; one that is gone is deleted.
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
        match self.ask(Method::GET, path, None, READ_LIMIT).await {
            Ok(body) => serde_json::from_slice(&body).map(Some).map_err(|_| self.strange(StatusCode::OK, &body)),
            Err(RestError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, method: Method, path: &str, body: Option<Value>) -> Result<(), RestError> {
        self.ask(method, path, body, WRITE_LIMIT).await.map(|_| ())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>, limit: Duration) -> Result<Bytes, RestError> {
        let body = body.map(|body| body.to_string().into_bytes());
        let url = format!("{}/connectors{path}", self.url);
        let login = self.login().await?;
        let answer = self.http.send(method, &url, login.as_ref(), body, limit).await;
        let (status, body) = answer.map_err(|source| RestError::Away { url: self.url.clone(), source })?;
        if status.is_success() {
            return Ok(body);
        }
        // What is not Connect's own way to say no comes from a proxy, from another server, or from a worker that is starting.
        let Ok(refusal) = serde_json::from_slice::<Refusal>(&body) else { return Err(self.strange(status, &body)) };
        let message = refusal.message.unwrap_or_else(|| "it gives no reason".to_owned());
        Err(match refusal.error_code {
            // Some questions it answers with 500 meanwhile.
            status if status == 409 || (status == 500 && message.contains("rebalance")) => {
                RestError::Rebalancing { url: self.url.clone(), message }
            }
            status => RestError::Refused { status, message },
        })
    }

    fn strange(&self, status: StatusCode, body: &[u8]) -> RestError {
        let text = String::from_utf8_lossy(body.get(..QUOTED).unwrap_or(body)).trim().replace('\n', " ");
        RestError::Strange { url: self.url.clone(), status: status.as_u16(), message: text }
    }

    /// Read for each request, for a mounted Secret changes while we run.
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
