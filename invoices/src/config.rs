//! The configuration file. Imports nothing of this crate.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use delivery_http_server::{AllowedOrigins, Limits, Rates, TrustedProxies};
use delivery_kafka::KafkaConfig;
use delivery_mail::{Security, Server};
use delivery_observability::port::{admin, listen};
use delivery_observability::secrets::without_login;
use lettre::message::Mailbox;
use serde::Deserialize;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// How to reach `MongoDB`.
    pub mongodb: MongodbConfig,
    /// How to send e-mails; absent: invoices are issued, and their e-mails wait.
    #[serde(default)]
    pub smtp: Option<SmtpConfig>,
    /// Who issues the invoices.
    #[serde(default)]
    pub issuer: IssuerConfig,
    /// The series of the numbers, from 1 to 999.
    #[serde(default = "default_series")]
    pub series: u32,
    /// The address of the live map; absent: e-mails have no link.
    #[serde(default)]
    pub map_url: Option<String>,
    /// The port for clients.
    #[serde(default)]
    pub http: HttpConfig,
    /// Where `/livez`, `/readyz` and `/metrics` are.
    #[serde(default = "admin::default_address")]
    pub admin_address: SocketAddr,
    /// For how many seconds requests are still served after the end was requested.
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

/// How to send e-mails. The login, if there is one, is in the environment: [`delivery_mail::login`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmtpConfig {
    /// The server's name or address.
    pub host: String,
    /// The server's port; absent: the usual one of `security`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub security: Security,
    /// The sender: an address, with or without a name.
    pub from: String,
    /// A file with PEM certificates to trust besides the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// How long the server may take to answer, seconds.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
    /// How many e-mails are sent at once.
    #[serde(default = "default_connections")]
    pub connections: u32,
    /// After how many hours, and twenty attempts, an e-mail that is neither taken nor refused for good is given up.
    #[serde(default = "default_give_up")]
    pub give_up_after_hours: u32,
}

/// Who issues the invoices.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IssuerConfig {
    /// The company's name.
    pub name: String,
    /// Its number in the register of companies (CNPJ): 14 digits, the last two of which check the others.
    pub cnpj: String,
    /// The two-digit code of its state, by IBGE.
    pub state_code: u8,
    /// Its address, as one line.
    pub address: String,
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
    /// The maximum number of open connections; further ones wait.
    pub connections: usize,
    /// For how many seconds a client may take to send a request's headers, read nothing of an answer, or leave a connection idle;
    /// then it is closed.
    pub stall_seconds: u32,
}

impl HttpConfig {
    /// The limits of connections.
    #[must_use]
    pub(crate) fn limits(&self) -> Limits {
        Limits { connections: self.connections, stall: Duration::from_secs(self.stall_seconds.into()) }
    }
}

const fn default_series() -> u32 {
    1
}

const fn default_drain() -> u32 {
    2
}

fn default_database() -> String {
    "code_delivery_invoices".to_owned()
}

const fn default_timeout() -> u32 {
    20
}

const fn default_connections() -> u32 {
    8
}

const fn default_give_up() -> u32 {
    72
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self {
            name: "Code Delivery Demonstração Ltda.".to_owned(),
            // The number that Brazilian documentation uses for examples.
            cnpj: "11222333000181".to_owned(),
            state_code: 53,
            address: "Brasília, DF".to_owned(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            address: listen::everywhere(8080),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            budgets: Rates::default(),
            connections: 256,
            stall_seconds: 30,
        }
    }
}

/// A value that its type admits, but that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
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
        if !(1..=999).contains(&self.series) {
            return Err(Invalid(format!("series is {}; set it to a number from 1 to 999.", self.series)));
        }
        if let Some(url) = &self.map_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            let url = without_login(url);
            return Err(Invalid(format!("mapUrl is {url:?}; set it to an http or https URL.")));
        }
        in_range("http.connections", self.http.connections, 1, 100_000)?;
        in_range("http.stallSeconds", self.http.stall_seconds, 1, 3_600)?;
        self.issuer.check()?;
        self.smtp.iter().try_for_each(SmtpConfig::check)
    }
}

impl IssuerConfig {
    fn check(&self) -> Result<(), Invalid> {
        if !is_cnpj(&self.cnpj) {
            return Err(Invalid(format!(
                "issuer.cnpj is {:?}; set it to 14 digits, the last two of which check the others.",
                self.cnpj
            )));
        }
        in_range("issuer.stateCode", self.state_code, 11, 53)
    }
}

impl SmtpConfig {
    /// The port, if need be the usual one.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.security.usual_port())
    }

    /// The mail server.
    pub(crate) fn server(&self) -> Server {
        Server {
            host: self.host.clone(),
            port: self.port(),
            security: self.security,
            ca_file: self.ca_file.clone(),
            answer: Duration::from_secs(self.timeout_seconds.into()),
            connections: usize::try_from(self.connections).unwrap_or(1),
        }
    }

    /// The sender.
    ///
    /// # Errors
    /// When it is not an address.
    pub fn sender(&self) -> Result<Mailbox, Invalid> {
        self.from
            .parse::<Mailbox>()
            .map_err(|error| Invalid(format!("smtp.from is {:?}, which is not an e-mail address: {error}.", self.from)))
    }

    fn check(&self) -> Result<(), Invalid> {
        self.sender()?;
        if self.host.is_empty() {
            return Err(Invalid(
                "smtp.host is empty; set it to the mail server, or leave the section smtp out.".into(),
            ));
        }
        in_range("smtp.timeoutSeconds", self.timeout_seconds, 1, 60)?;
        in_range("smtp.connections", self.connections, 1, 64)?;
        in_range("smtp.giveUpAfterHours", self.give_up_after_hours, 1, 24 * 30)
    }
}

fn in_range<T: Copy + PartialOrd + fmt::Display>(name: &str, value: T, min: T, max: T) -> Result<(), Invalid> {
    if value < min || value > max {
        return Err(Invalid(format!("{name} is {value}; set it to a number from {min} to {max}.")));
    }
    Ok(())
}

/// Whether a text is 14 digits, the last two of which are right by modulo 11.
fn is_cnpj(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|character| character.to_digit(10)).collect();
    let (Some(body), Some(check)) = (digits.get(..12), digits.get(12..)) else { return false };
    let first = check_digit(body);
    let second = check_digit(&[body, &[first]].concat());
    digits.len() == text.len() && check == [first, second]
}

/// The check digit of the digits before it: weights 2 to 9 from the right, over and over.
fn check_digit(digits: &[u32]) -> u32 {
    let sum: u32 = digits.iter().rev().zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
