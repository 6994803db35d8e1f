//! Checks the settings that their types admit, but that cannot be used.

use delivery_http_server::{AllowedOrigins, TrustedProxies};
use delivery_observability::secrets::without_login;

use super::file::{Config, ElasticsearchConfig};

/// The maximum of any limit; a larger number is probably a typo.
const MAX_LIMIT: usize = 10_000_000;
/// The maximum of a limit on memory, 1 GiB.
const MAX_MEMORY: usize = 1 << 30;

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

    /// The proxies that are believed.
    ///
    /// # Errors
    /// When one is not a network.
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
        for origin in &self.web.map_origins {
            AllowedOrigins::new(vec![origin.clone()]).map_err(|_| {
                let origin = without_login(origin);
                Invalid(format!("{origin:?} in web.mapOrigins is not of the form https://host[:port]."))
            })?;
        }
        if let Some(style) = &self.web.map_style
            && !(style.starts_with("https://") || style.starts_with("http://") || style.starts_with('/'))
        {
            return Err(Invalid(format!(
                "web.mapStyle is {:?}; set it to an http or https URL, or to a path on this gateway.",
                without_login(style)
            )));
        }
        self.elasticsearch.iter().try_for_each(ElasticsearchConfig::check)?;
        if self.traces.as_ref().is_some_and(|traces| !is_address(&traces.url)) {
            return Err(Invalid("traces.url is not of the form http[s]://host[:port][/path].".to_owned()));
        }
        let limits = &self.limits;
        for (name, value) in [
            ("connections", limits.connections),
            ("httpConnections", limits.http_connections),
            ("stallSeconds", limits.stall_seconds as usize),
            ("frameBytes", limits.frame_bytes),
            ("bodyBytes", limits.body_bytes),
            ("framesPerSecond", limits.frames_per_second as usize),
            ("ringBytes", limits.ring_bytes),
            ("answerBytes", limits.answer_bytes),
            ("turns", limits.turns),
            ("allAddressesFactor", limits.all_addresses_factor as usize),
        ] {
            if value == 0 {
                return Err(Invalid(format!(
                    "limits.{name} is 0; set it to at least 1, or leave it out for the default."
                )));
            }
            let max = if ["ringBytes", "answerBytes"].contains(&name) { MAX_MEMORY } else { MAX_LIMIT };
            if value > max {
                return Err(Invalid(format!("limits.{name} is {value}; the maximum is {max}.")));
            }
        }
        let per_address = &limits.per_address;
        for (name, value) in [
            ("connections", per_address.connections),
            ("starts", per_address.starts as usize),
            ("commands", per_address.commands as usize),
            ("filters", per_address.filters as usize),
            ("recipients", per_address.recipients as usize),
            ("history", per_address.history as usize),
        ] {
            if value > MAX_LIMIT {
                return Err(Invalid(format!("limits.perAddress.{name} is {value}; the maximum is {MAX_LIMIT}.")));
            }
        }
        Ok(())
    }
}

/// Whether it is of the form `http[s]://host[:port][/path]`.
fn is_address(url: &str) -> bool {
    url.parse::<hyper::Uri>().is_ok_and(|address| {
        let scheme = address.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
        let host = address.authority().is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'));
        scheme && host && address.query().is_none()
    })
}

impl ElasticsearchConfig {
    fn check(&self) -> Result<(), Invalid> {
        let Self { url, index_prefix, .. } = self;
        if !is_address(url) {
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
#[path = "tests/check.rs"]
mod tests;
