//! The configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use delivery_http_server::{AllowedOrigins, Rates, TrustedProxies};
use delivery_kafka::KafkaConfig;
use delivery_mail::{Security, Server};
use delivery_observability::port::{admin, listen};
use delivery_observability::secrets::without_login;
use serde::Deserialize;

use crate::domain::text::Email;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// How to reach `MongoDB`.
    pub mongodb: MongodbConfig,
    /// How to reach the mail server; absent: no e-mails are sent.
    #[serde(default)]
    pub smtp: Option<SmtpConfig>,
    /// The map's address, with which links in e-mails begin, such as `https://map.example`; absent: e-mails have no links.
    #[serde(default)]
    pub public_url: Option<String>,
    /// How many days notifications are kept; 0: for ever.
    #[serde(default = "default_retention")]
    pub retention_days: u32,
    /// The port for browsers and other clients.
    #[serde(default)]
    pub http: HttpConfig,
    /// What clients may use.
    #[serde(default)]
    pub limits: Limits,
    /// Where `/livez`, `/readyz` and `/metrics` are.
    #[serde(default = "admin::default_address")]
    pub admin_address: SocketAddr,
    /// For how many seconds requests are still served after the end was requested. Less than the pod's grace period.
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

/// How to reach the mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmtpConfig {
    /// The server's name.
    pub host: String,
    /// The server's port; absent: 25 without security, 587 with STARTTLS, 465 with TLS.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// A file with certificates to trust besides the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The sender's address.
    pub from: String,
    /// For how many seconds the server may keep each step of a mail waiting.
    #[serde(default = "default_smtp_seconds")]
    pub timeout_seconds: u32,
}

impl SmtpConfig {
    /// The port of the server.
    #[must_use]
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.security.usual_port())
    }

    /// The mail server, with so many connections kept open.
    pub(crate) fn server(&self, connections: usize) -> Server {
        Server {
            host: self.host.clone(),
            port: self.port(),
            security: self.security,
            ca_file: self.ca_file.clone(),
            answer: Duration::from_secs(self.timeout_seconds.into()),
            connections,
        }
    }
}

/// The port for browsers and other clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Where it listens.
    pub address: SocketAddr,
    /// Origins of pages, besides those from the address that they call, that may use the API; `*` for all.
    pub allowed_origins: Vec<String>,
    /// Addresses and networks of the proxies in front; behind them, a request counts for the last address in `X-Forwarded-For` that is none
    /// of them.
    pub trusted_proxies: Vec<String>,
    /// How often each address may ask.
    pub budgets: Rates,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            address: listen::everywhere(8080),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            budgets: Rates::default(),
        }
    }
}

/// What clients may use.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// The maximum number of HTTP connections; further ones wait.
    pub http_connections: usize,
    /// For how many seconds a client may take to send a request's headers, read nothing of an answer, or leave a connection idle;
    /// then it is closed.
    pub stall_seconds: u32,
    /// The maximum size in bytes of the body of a request; beyond it 413.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { http_connections: 256, stall_seconds: 30, body_bytes: 16 * 1024 }
    }
}

impl Limits {
    /// The limits of connections.
    #[must_use]
    pub(crate) fn http(&self) -> delivery_http_server::Limits {
        let stall = Duration::from_secs(self.stall_seconds.into());
        delivery_http_server::Limits { connections: self.http_connections, stall }
    }
}

fn default_database() -> String {
    "code_delivery_notifications".to_owned()
}

const fn default_retention() -> u32 {
    365
}

const fn default_smtp_seconds() -> u32 {
    10
}

const fn default_drain() -> u32 {
    5
}

/// The maximum of any limit; a larger number is probably a typo.
const MAX_LIMIT: usize = 10_000_000;
/// The longest that a mail server may be waited for, seconds: less than the lease of a mail.
const MAX_SMTP_SECONDS: u32 = 30;

/// A value that its type admits, but that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("The configuration is not valid: {0}")]
pub struct Invalid(String);

impl Config {
    /// The origins whose pages may use the API.
    ///
    /// # Errors
    /// When one is not an origin.
    pub(crate) fn allowed_origins(&self) -> Result<AllowedOrigins, Invalid> {
        AllowedOrigins::new(self.http.allowed_origins.clone()).map_err(|error| Invalid(error.to_string()))
    }

    /// The proxies whose `X-Forwarded-For` is believed.
    ///
    /// # Errors
    /// When one is neither an address nor a network.
    pub(crate) fn trusted_proxies(&self) -> Result<TrustedProxies, Invalid> {
        TrustedProxies::new(&self.http.trusted_proxies).map_err(|error| Invalid(error.to_string()))
    }

    /// Checks what the types cannot express.
    ///
    /// # Errors
    /// The first problem, as a sentence.
    pub fn check(&self) -> Result<(), Invalid> {
        self.allowed_origins()?;
        self.trusted_proxies()?;
        if self.http.budgets.all_addresses_factor == 0 {
            return Err(Invalid("http.budgets.allAddressesFactor is 0; set it to at least 1.".to_owned()));
        }
        if let Some(url) = &self.public_url {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let is_plain = |character: char| character.is_ascii_graphic();
            if !rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && rest.chars().all(is_plain)) {
                let url = without_login(url);
                return Err(Invalid(format!(
                    "publicUrl is {url:?}; set it to the map's address without a slash at its end, such as https://map.example."
                )));
            }
        }
        self.smtp.iter().try_for_each(SmtpConfig::check)?;
        for (name, value) in [
            ("httpConnections", self.limits.http_connections),
            ("stallSeconds", self.limits.stall_seconds as usize),
            ("bodyBytes", self.limits.body_bytes),
        ] {
            if !(1..=MAX_LIMIT).contains(&value) {
                return Err(Invalid(format!("limits.{name} is {value}; set it to 1 to {MAX_LIMIT}, or leave it out.")));
            }
        }
        Ok(())
    }
}

impl SmtpConfig {
    fn check(&self) -> Result<(), Invalid> {
        if self.host.is_empty() {
            return Err(Invalid("smtp.host is empty; name the mail server.".to_owned()));
        }
        if Email::new(self.from.clone()).is_err() {
            let from = &self.from;
            return Err(Invalid(format!("smtp.from is {from:?}; set it to an address such as shop@example.com.")));
        }
        if !(1..=MAX_SMTP_SECONDS).contains(&self.timeout_seconds) {
            let seconds = self.timeout_seconds;
            return Err(Invalid(format!("smtp.timeoutSeconds is {seconds}; set it to 1 to {MAX_SMTP_SECONDS}.")));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
