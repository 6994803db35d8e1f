//! The configuration file.
//!
//! What the settings mean is left to the folders that use them. Imports nothing of this crate.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use delivery_http_server::{AllowedOrigins, Rates, TrustedProxies};
use delivery_kafka::KafkaConfig;
use delivery_observability::port::{admin, listen};
use serde::Deserialize;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// How to reach `MongoDB`.
    pub mongodb: MongodbConfig,
    /// The port for clients.
    #[serde(default)]
    pub http: HttpConfig,
    /// How the payment step behaves.
    #[serde(default)]
    pub payments: PaymentsConfig,
    /// What clients may use.
    #[serde(default)]
    pub limits: Limits,
    /// Where `/livez`, `/readyz` and `/metrics` are.
    #[serde(default = "admin::default_address")]
    pub admin_address: SocketAddr,
    /// For how many seconds requests are still served after the process was asked to end, while proxies learn of it. Less than the pod's
    /// grace period.
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

/// The port for clients.
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

/// How the payment step behaves. A customer is named by an e-mail address, or with others by `@` and the domain of their addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PaymentsConfig {
    /// How long a payment takes, milliseconds.
    pub delay_milliseconds: u32,
    /// Customers whose payments take longer.
    pub slow_customers: Vec<String>,
    /// How long those take, milliseconds.
    pub slow_milliseconds: u32,
    /// Customers whose payments are refused.
    pub refused_customers: Vec<String>,
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

/// The maximum of any limit; a larger number is probably a typo.
const MAX_LIMIT: usize = 10_000_000;
/// The maximum time of a payment, one hour: a purchase that waits longer is as good as lost.
const MAX_DELAY: u32 = 3_600_000;

impl Limits {
    /// The limits of connections.
    #[must_use]
    pub(crate) fn http(&self) -> delivery_http_server::Limits {
        let stall = Duration::from_secs(self.stall_seconds.into());
        delivery_http_server::Limits { connections: self.http_connections, stall }
    }
}

fn default_database() -> String {
    "code_delivery_purchases".to_owned()
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
            budgets: Rates::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { http_connections: 256, stall_seconds: 30, body_bytes: 32 * 1024 }
    }
}

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
        let limits = &self.limits;
        for (name, value) in [
            ("httpConnections", limits.http_connections),
            ("stallSeconds", usize::try_from(limits.stall_seconds).unwrap_or(usize::MAX)),
            ("bodyBytes", limits.body_bytes),
        ] {
            if value == 0 {
                return Err(Invalid(format!(
                    "limits.{name} is 0; set it to at least 1, or leave it out for the default."
                )));
            }
            if value > MAX_LIMIT {
                return Err(Invalid(format!("limits.{name} is {value}; the maximum is {MAX_LIMIT}.")));
            }
        }
        let payments = &self.payments;
        for (name, delay) in
            [("delayMilliseconds", payments.delay_milliseconds), ("slowMilliseconds", payments.slow_milliseconds)]
        {
            if delay > MAX_DELAY {
                return Err(Invalid(format!("payments.{name} is {delay}; the maximum is {MAX_DELAY}, one hour.")));
            }
        }
        let customers = payments.slow_customers.iter().chain(&payments.refused_customers);
        for customer in customers {
            if !customer.contains('@') {
                return Err(Invalid(format!(
                    "{customer:?} in payments is no customer; write an e-mail address, or @ and the domain of several."
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
