//! The gateway's credentials for Elasticsearch, username and password or an API key, and the certificate authorities it trusts.
//!
//! They are files of a mounted Secret; each may be absent.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;

const FILES: [&str; 4] = ["username", "password", "apiKey", "ca.crt"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The value of the `Authorization` header.
    pub authorization: Option<HeaderValue>,
    /// Certificate authorities in PEM; `None` for the system's.
    pub authorities: Option<Vec<u8>>,
}

/// Why the credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    /// A file exists and cannot be read.
    #[error("The file {} of elasticsearch.secretDirectory cannot be read: {source}.", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// The files contradict each other.
    #[error("The files in elasticsearch.secretDirectory are not valid credentials: {0}.")]
    Inconsistent(&'static str),
}

/// Reads the files of a directory.
///
/// # Errors
/// When one cannot be read, or they contradict each other.
pub(crate) async fn read(directory: Option<&Path>) -> Result<Credentials, CredentialsError> {
    let Some(directory) = directory else { return Ok(Credentials::default()) };
    let mut found = [const { None }; FILES.len()];
    for (name, found) in FILES.iter().zip(&mut found) {
        let path = directory.join(name);
        *found = match tokio::fs::read(&path).await {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(CredentialsError::File { path, source }),
        };
    }
    let [username, password, api_key, authorities] = found;
    let authorization = authorization(username.as_deref(), password.as_deref(), api_key.as_deref())?;
    Ok(Credentials { authorization, authorities })
}

fn authorization(
    username: Option<&[u8]>,
    password: Option<&[u8]>,
    api_key: Option<&[u8]>,
) -> Result<Option<HeaderValue>, CredentialsError> {
    let text = match (username, password, api_key) {
        (None, None, None) => return Ok(None),
        (None, None, Some(key)) => format!("ApiKey {}", String::from_utf8_lossy(key.trim_ascii())),
        (Some(username), Some(password), None) => {
            // Editors end a file with a newline; a password never ends with one.
            let password = password.strip_suffix(b"\n").unwrap_or(password);
            format!("Basic {}", STANDARD.encode([username.trim_ascii(), password].join(&b':')))
        }
        (_, _, Some(_)) => {
            return Err(CredentialsError::Inconsistent("give username and password, or apiKey, not both"));
        }
        _ => return Err(CredentialsError::Inconsistent("username and password belong together")),
    };
    let mut header = HeaderValue::from_str(&text)
        .map_err(|_| CredentialsError::Inconsistent("apiKey is not the base64 of id:key"))?;
    header.set_sensitive(true);
    Ok(Some(header))
}

#[cfg(test)]
#[path = "tests/credentials.rs"]
mod tests;
