//! How to reach the mail server. In which configuration that is written is left to the services.

use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use serde::Deserialize;

/// The environment variable with the name to log in with at the mail server.
pub const USERNAME_VARIABLE: &str = "SMTP_USERNAME";
/// The environment variable with the password for it.
pub const PASSWORD_VARIABLE: &str = "SMTP_PASSWORD";

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all: within a cluster, or for tests.
    None,
    /// It begins in the clear and must change to TLS before anything is said; a server that cannot gets nothing.
    #[default]
    Starttls,
    /// By TLS from the first byte.
    Tls,
}

impl Security {
    /// The port at which servers usually offer it.
    #[must_use]
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Starttls => 587,
            Self::Tls => 465,
        }
    }
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// A file with PEM certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long it may take for one answer.
    pub answer: Duration,
    /// How many connections are kept open for the next e-mails. More may be open at a time.
    pub connections: usize,
}

/// Why no e-mail can be sent. The messages name the settings of the section `smtp`.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file with certificates cannot be read.
    #[error("The file {} that smtp.caFile names cannot be read: {source}.", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The certificates or the server's name cannot be used.
    #[error("The connection to the mail server cannot be encrypted: {0}. Check smtp.host and smtp.caFile.")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// A name without a password, or the reverse.
    #[error(
        "Only one of the environment variables {USERNAME_VARIABLE} and {PASSWORD_VARIABLE} is set. Set both, or neither."
    )]
    HalfALogin,
    /// A password that would be sent unencrypted.
    #[error("There is a login for the mail server, but smtp.security is none. Set it to starttls or tls.")]
    PasswordInPlainText,
}

/// The login in the environment, if there is one.
///
/// # Errors
/// When only half of it is there.
pub fn login(get: impl Fn(&str) -> Option<String>) -> Result<Option<Credentials>, SettingsError> {
    let given = |name: &str| get(name).filter(|text| !text.is_empty());
    match (given(USERNAME_VARIABLE), given(PASSWORD_VARIABLE)) {
        (Some(name), Some(password)) => Ok(Some(Credentials::new(name, password))),
        (None, None) => Ok(None),
        _ => Err(SettingsError::HalfALogin),
    }
}

/// How to encrypt; `None` without encryption.
pub(crate) async fn tls(server: &Server) -> Result<Option<TlsParameters>, SettingsError> {
    if server.security == Security::None {
        return Ok(None);
    }
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca_file {
        let read = tokio::fs::read(path).await;
        let pem = read.map_err(|source| SettingsError::Certificates { path: path.clone(), source })?;
        parameters = parameters.add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(Some(parameters.build()?))
}

#[cfg(test)]
#[path = "tests/settings.rs"]
mod tests;
