//! Which pages may use a port: its own, and those of the origins in a configured list. Pure.
//!
//! A browser always sends the page's origin when it opens a WebSocket or posts. A client that sends none is not a
//! browser, and an allowlist of origins does not protect against it.

use delivery_observability::secrets::without_login;
use warp::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HOST, ORIGIN, VARY};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::problem::Problem;

/// The schemes under which apps and extensions show pages of their own, as Capacitor does `capacitor://localhost`. One that is not among
/// them is a mistake more often than an app.
const APPS: [&str; 6] = ["app", "capacitor", "chrome-extension", "ionic", "moz-extension", "tauri"];

/// The allowed origins; `*` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

/// An entry that is not an origin.
#[derive(Debug, thiserror::Error)]
#[error(
    "The origin {0:?} in http.allowedOrigins is neither \"*\" nor of the form https://host or https://host:port, without a path, nor that of \
     an app, such as capacitor://localhost."
)]
pub struct InvalidOrigin(String);

impl AllowedOrigins {
    /// Checks a list: each is `*` or `scheme://host[:port]`, with a scheme of the web or of an app.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn new(origins: Vec<String>) -> Result<Self, InvalidOrigin> {
        match origins.iter().find(|origin| *origin != "*" && authority(origin).is_none() && !is_app(origin)) {
            None => Ok(Self(origins.into_iter().map(|origin| origin.to_ascii_lowercase()).collect())),
            Some(wrong) => Err(InvalidOrigin(without_login(wrong))),
        }
    }

    /// Whether the list contains this origin.
    #[must_use]
    pub fn lists(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        self.0.iter().any(|allowed| allowed == "*" || *allowed == origin)
    }

    /// Whether a request with these headers may be served.
    #[must_use]
    pub fn allow(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        self.lists(origin) || is_same(origin, host)
    }

    /// The answer to a request of a page that may not use `what`, such as *this gateway*; none if it may.
    #[must_use]
    pub fn refusal(&self, headers: &HeaderMap, what: &str) -> Option<Problem> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("this origin"));
        if self.allow(origin, host) {
            return None;
        }
        let message = format!(
            "Pages of {} may not use {what}. Add the origin to http.allowedOrigins to allow them.",
            origin.unwrap_or("this origin")
        );
        Some(Problem::new(StatusCode::FORBIDDEN, "OriginNotAllowed", message))
    }

    /// Lets the pages of listed origins read an answer.
    pub fn share(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let origin = request.get(ORIGIN);
        if let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| self.lists(origin))) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        answer.append(VARY, HeaderValue::from_static("origin"));
    }
}

/// Whether a method may change something, so that a browser's request with it is examined.
#[must_use]
pub fn may_change(method: &Method) -> bool {
    ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Whether the page came from the host that it calls.
fn is_same(origin: &str, host: Option<&str>) -> bool {
    match (authority(origin), host) {
        (Some(origin), Some(host)) => without_default_port(origin).eq_ignore_ascii_case(without_default_port(host)),
        _ => false,
    }
}

/// `host[:port]` of `scheme://host[:port]`.
fn authority(origin: &str) -> Option<&str> {
    let (scheme, authority) = origin.split_once("://")?;
    (matches!(scheme, "http" | "https") && is_plain(authority)).then_some(authority)
}

/// Whether it is the origin of an app's own pages. They come from no host, so it is never the same as the one that they call.
fn is_app(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(scheme, authority)| APPS.contains(&scheme) && is_plain(authority))
}

fn is_plain(authority: &str) -> bool {
    !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' '])
}

/// A proxy that terminates TLS may or may not drop the external port.
fn without_default_port(authority: &str) -> &str {
    authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority)
}

#[cfg(test)]
#[path = "tests/origins.rs"]
mod tests;
