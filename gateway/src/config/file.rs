//! The gateway's configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;

use delivery_kafka::KafkaConfig;
use delivery_observability::admin;
use serde::Deserialize;

use crate::config::origin::AllowedOrigins;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// How to reach `MongoDB`; absent: no delivery store.
    #[serde(default)]
    pub mongodb: Option<MongodbConfig>,
    /// How to reach Elasticsearch; absent: no position index.
    #[serde(default)]
    pub elasticsearch: Option<ElasticsearchConfig>,
    /// The port for browsers and other clients.
    #[serde(default)]
    pub http: HttpConfig,
    /// The page.
    #[serde(default)]
    pub web: WebConfig,
    /// What clients may use.
    #[serde(default)]
    pub limits: Limits,
    /// Where `/livez`, `/readyz` and `/metrics` are.
    #[serde(default = "admin::default_address")]
    pub admin_address: SocketAddr,
    /// Over how many seconds connections are closed at shutdown, so that clients do not all reconnect elsewhere at
    /// once. Less than the pod's grace period.
    #[serde(default = "default_drain")]
    pub drain_seconds: u32,
}

/// How to reach `MongoDB`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MongodbConfig {
    /// A file, usually of a mounted Secret, that holds the connection string.
    pub uri_file: PathBuf,
    /// The database when the connection string names none.
    #[serde(default = "default_database")]
    pub database: String,
}

/// How to reach Elasticsearch, where the sink has written all positions.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ElasticsearchConfig {
    /// `http://` or `https://`, with a path before the indices if there is one.
    pub url: String,
    /// A directory, usually a mounted Secret, with any of the files `username` and `password`, or `apiKey`, and `ca.crt`.
    #[serde(default)]
    pub secret_directory: Option<PathBuf>,
    /// The prefix of `positions`, `plans`, `states` and `requests` in the names of the sink's indices.
    #[serde(default = "default_prefix")]
    pub index_prefix: String,
}

/// The port for browsers and other clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Where it listens.
    pub address: SocketAddr,
    /// Origins of pages, besides the gateway's own, that may open a WebSocket and post; `*` for all.
    pub allowed_origins: Vec<String>,
}

/// The page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WebConfig {
    /// The page's files.
    pub directory: PathBuf,
    /// The URL of the base map's style; absent: the page's built-in map.
    pub map_style: Option<String>,
    /// Origins, besides the style's own, that the base map loads from (tiles, glyphs, sprites).
    pub map_origins: Vec<String>,
}

/// What clients may use.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// The maximum number of open WebSocket connections; beyond it 503.
    pub connections: usize,
    /// The maximum size in bytes of a frame from a client; beyond it the connection is closed.
    pub frame_bytes: usize,
    /// The maximum number of frames per second from a client; beyond it the connection is closed.
    pub frames_per_second: u32,
    /// The maximum size in bytes of the body of an HTTP request; beyond it 413.
    pub body_bytes: usize,
    /// About how many bytes hold the newest positions for clients in the mode `all`. A client that falls further behind
    /// is closed with its cursor.
    pub ring_bytes: usize,
}

/// The maximum of any limit; a larger number is probably a typo.
const MAX_LIMIT: usize = 10_000_000;
/// The largest ring, 1 GiB.
const MAX_RING_BYTES: usize = 1 << 30;

fn default_database() -> String {
    "code_delivery".to_owned()
}

fn default_prefix() -> String {
    "code-delivery-".to_owned()
}

const fn default_drain() -> u32 {
    5
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { address: SocketAddr::from(([0, 0, 0, 0], 8080)), allowed_origins: Vec::new() }
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { directory: PathBuf::from("/web"), map_style: None, map_origins: Vec::new() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 5_000,
            frame_bytes: 16 * 1024,
            frames_per_second: 20,
            body_bytes: 16 * 1024,
            ring_bytes: 32 << 20,
        }
    }
}

/// A value that its type admits, but that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("The configuration is not valid: {0}")]
pub struct Invalid(String);

impl Config {
    /// The origins that may use the gateway.
    ///
    /// # Errors
    /// When one is not an origin.
    pub fn allowed_origins(&self) -> Result<AllowedOrigins, Invalid> {
        AllowedOrigins::new(self.http.allowed_origins.clone()).map_err(|error| Invalid(error.to_string()))
    }

    /// Checks what the types cannot express.
    ///
    /// # Errors
    /// The first problem, as a sentence.
    pub fn check(&self) -> Result<(), Invalid> {
        self.allowed_origins()?;
        for origin in &self.web.map_origins {
            AllowedOrigins::new(vec![origin.clone()]).map_err(|_| {
                Invalid(format!("{origin:?} in web.mapOrigins is not of the form https://host[:port]."))
            })?;
        }
        if let Some(style) = &self.web.map_style
            && !(style.starts_with("https://") || style.starts_with("http://") || style.starts_with('/'))
        {
            return Err(Invalid(format!(
                "web.mapStyle is {style:?}; set it to an http or https URL, or to a path on this gateway."
            )));
        }
        self.elasticsearch.iter().try_for_each(ElasticsearchConfig::check)?;
        let limits = &self.limits;
        for (name, value) in [
            ("connections", limits.connections),
            ("frameBytes", limits.frame_bytes),
            ("bodyBytes", limits.body_bytes),
            ("framesPerSecond", limits.frames_per_second as usize),
            ("ringBytes", limits.ring_bytes),
        ] {
            if value == 0 {
                return Err(Invalid(format!(
                    "limits.{name} is 0; set it to at least 1, or leave it out for the default."
                )));
            }
            let max = if name == "ringBytes" { MAX_RING_BYTES } else { MAX_LIMIT };
            if value > max {
                return Err(Invalid(format!("limits.{name} is {value}; the maximum is {max}.")));
            }
        }
        Ok(())
    }
}

impl ElasticsearchConfig {
    fn check(&self) -> Result<(), Invalid> {
        let Self { url, index_prefix, .. } = self;
        let address = url.parse::<hyper::Uri>().ok();
        let named = address.filter(|address| {
            let scheme = address.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
            let host = address.authority().is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'));
            scheme && host && address.query().is_none()
        });
        if named.is_none() {
            return Err(Invalid(
                "elasticsearch.url is not of the form http[s]://host[:port][/path]; a password belongs in \
                 elasticsearch.secretDirectory."
                    .to_owned(),
            ));
        }
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
        if !index_prefix.chars().all(fits) {
            return Err(Invalid(format!(
                "elasticsearch.indexPrefix is {index_prefix:?}; index names may contain only lower-case letters, digits and the characters . _ -"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/file.rs"]
mod tests;
