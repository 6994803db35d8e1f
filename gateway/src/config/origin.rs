//! Which origins may use the gateway: its own, and those of a configured list.
//!
//! Pure. A browser always sends the page's origin when it opens a WebSocket or posts. A client that sends none is not a
//! browser, and an allowlist of origins does not protect against it.

/// The allowed origins; `*` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

/// An entry that is not an origin.
#[derive(Debug, thiserror::Error)]
#[error(
    "The origin {0:?} in http.allowedOrigins is neither \"*\" nor of the form https://host or https://host:port, without a path."
)]
pub(crate) struct InvalidOrigin(String);

impl AllowedOrigins {
    /// Checks a list: each is `*` or `scheme://host[:port]`.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub(crate) fn new(origins: Vec<String>) -> Result<Self, InvalidOrigin> {
        match origins.iter().find(|origin| *origin != "*" && authority(origin).is_none()) {
            None => Ok(Self(origins.into_iter().map(|origin| origin.to_ascii_lowercase()).collect())),
            Some(wrong) => Err(InvalidOrigin(wrong.clone())),
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
    let plain =
        matches!(scheme, "http" | "https") && !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']);
    plain.then_some(authority)
}

/// A proxy that terminates TLS may or may not drop the external port.
fn without_default_port(authority: &str) -> &str {
    authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority)
}

#[cfg(test)]
#[path = "tests/origin.rs"]
mod tests;
