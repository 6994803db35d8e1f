//! What the gateway shows to Elasticsearch: a user's name and password, or an API key; and whom it believes to be Elasticsearch.
//!
//! They are files of a mounted Secret, each of which may be absent.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;

/// The files.
const FILES: [&str; 4] = ["username", "password", "apiKey", "ca.crt"];

/// What is shown and believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The header `Authorization`.
    pub authorization: Option<HeaderValue>,
    /// Certificates in the PEM form; none: the system's.
    pub authorities: Option<Vec<u8>>,
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A file is there and cannot be read.
    #[error("The file {} of elasticsearch.secretDirectory cannot be read: {source}.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The files do not fit together.
    #[error("The files of elasticsearch.secretDirectory are no login: {0}.")]
    Unfit(&'static str),
}

/// Reads the files of a directory.
///
/// # Errors
/// When one cannot be read, or they do not fit together.
pub async fn read(directory: Option<&Path>) -> Result<Login, LoginError> {
    let Some(directory) = directory else { return Ok(Login::default()) };
    let mut found = [const { None }; FILES.len()];
    for (name, found) in FILES.iter().zip(&mut found) {
        let path = directory.join(name);
        *found = match tokio::fs::read(&path).await {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(LoginError::File { path, source }),
        };
    }
    let [username, password, api_key, authorities] = found;
    let authorization = authorization(username.as_deref(), password.as_deref(), api_key.as_deref())?;
    Ok(Login { authorization, authorities })
}

fn authorization(
    username: Option<&[u8]>,
    password: Option<&[u8]>,
    api_key: Option<&[u8]>,
) -> Result<Option<HeaderValue>, LoginError> {
    let text = match (username, password, api_key) {
        (None, None, None) => return Ok(None),
        (None, None, Some(key)) => format!("ApiKey {}", String::from_utf8_lossy(key.trim_ascii())),
        (Some(username), Some(password), None) => {
            // An editor ends a file with a new line; a password never does.
            let password = password.strip_suffix(b"\n").unwrap_or(password);
            format!("Basic {}", STANDARD.encode([username.trim_ascii(), password].join(&b':')))
        }
        (_, _, Some(_)) => return Err(LoginError::Unfit("give username and password, or apiKey, not both")),
        _ => return Err(LoginError::Unfit("username and password belong together")),
    };
    let mut header =
        HeaderValue::from_str(&text).map_err(|_| LoginError::Unfit("apiKey is not the base64 of id:key"))?;
    header.set_sensitive(true);
    Ok(Some(header))
}

#[cfg(test)]
#[path = "tests/login.rs"]
mod tests;
