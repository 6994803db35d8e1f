//! The gateway's configuration file: its settings and their defaults. What the types cannot express is left to `check`.

use std::net::SocketAddr;
use std::path::PathBuf;

use delivery_kafka::KafkaConfig;
use delivery_observability::port::{admin, listen};
use serde::Deserialize;

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
    /// How to reach Jaeger, which keeps the traces; absent: clients see none.
    #[serde(default)]
    pub traces: Option<TracesConfig>,
    /// What becomes of start requests.
    #[serde(default)]
    pub requests: RequestsConfig,
    /// Whether clients may listen for the notifications of recipients, which the topic `notifications.changed` then holds.
    #[serde(default)]
    pub notifications: bool,
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

/// How to reach Jaeger, which keeps the traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TracesConfig {
    /// The address of its query API: `http://` or `https://`, with a path before `/api` if there is one.
    pub url: String,
}

/// What becomes of start requests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestsConfig {
    /// The namespace in which the operator creates their Deliveries; only its routes can be started. Absent: routes of all
    /// namespaces are listed.
    pub namespace: Option<String>,
}

/// The port for browsers and other clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Where it listens.
    pub address: SocketAddr,
    /// Origins of pages, besides the gateway's own, that may open a WebSocket and post; `*` for all.
    pub allowed_origins: Vec<String>,
    /// The addresses and networks of the proxies whose `X-Forwarded-For` says whose request it is.
    pub trusted_proxies: Vec<String>,
    /// A file, usually of a mounted Secret, with the key by which addresses become `clientId`s; absent: a random key per process.
    pub client_id_key_file: Option<PathBuf>,
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
    /// The maximum number of HTTP connections, not counting open `WebSocket`s; further ones wait. At most half of them may wait
    /// for their clients to read, so upgrades always find a place.
    pub http_connections: usize,
    /// For how many seconds a client may read nothing of an answer, or take to send a request's headers; then its connection is
    /// closed.
    pub stall_seconds: u32,
    /// The maximum size in bytes of a frame from a client; beyond it the connection is closed.
    pub frame_bytes: usize,
    /// The maximum number of frames per second from a client; beyond it the connection is closed.
    pub frames_per_second: u32,
    /// The maximum size in bytes of the body of an HTTP request; beyond it 413.
    pub body_bytes: usize,
    /// About how many bytes hold the newest positions for clients in the mode `all`. A client that falls further behind
    /// is closed with its cursor.
    pub ring_bytes: usize,
    /// About how many bytes the API's answers may take while their clients read them; beyond it 503.
    pub answer_bytes: usize,
    /// The maximum number of connections that are being sent something of their own at a time: a snapshot with a filter, or positions older
    /// than the ring. Others wait for their turn.
    pub turns: usize,
    /// What each peer address may use.
    pub per_address: PerAddress,
    /// How many times the rates of one address all addresses together may use.
    pub all_addresses_factor: u32,
}

/// What a peer address may use: an IPv4 address, or the /64 of an IPv6 address. 0: as much as it wants.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PerAddress {
    /// The maximum number of open connections: of `WebSockets`, and likewise of HTTP connections; 0: all but a thirty-second.
    pub connections: usize,
    /// The maximum number of start requests per second; ten seconds' worth may come at once, here and below.
    pub starts: u32,
    /// The maximum number of commands per second.
    pub commands: u32,
    /// The maximum number of new filters per second; each costs a snapshot.
    pub filters: u32,
    /// The maximum number of new lists of recipients per second.
    pub recipients: u32,
    /// The maximum number of queries per second on the position index and the delivery store.
    pub history: u32,
}

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
        Self {
            address: listen::everywhere(8080),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            client_id_key_file: None,
        }
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
            http_connections: 2_048,
            stall_seconds: 30,
            frame_bytes: 16 * 1024,
            frames_per_second: 20,
            body_bytes: 16 * 1024,
            ring_bytes: 32 << 20,
            answer_bytes: 64 << 20,
            turns: 128,
            per_address: PerAddress::default(),
            all_addresses_factor: 5,
        }
    }
}

impl Default for PerAddress {
    fn default() -> Self {
        Self { connections: 0, starts: 10, commands: 10, filters: 5, recipients: 5, history: 20 }
    }
}

#[cfg(test)]
#[path = "tests/file.rs"]
mod tests;
