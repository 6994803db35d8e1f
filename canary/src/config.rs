//! The canary's configuration file: its fields, their defaults, and their validation.

use std::net::SocketAddr;
use std::time::Duration;

use delivery_messages::deliveries::canary;
use delivery_messages::{DecodeError, NewDirection};
use delivery_observability::secrets::without_login;
use serde::Deserialize;

/// The scheme of the gateway's address. There is no TLS: the canary is beside the gateway.
const SCHEME: &str = "http://";

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    #[serde(default = "delivery_observability::port::admin::default_address")]
    pub admin_address: SocketAddr,
    /// The gateway, as `http://host:port`.
    pub gateway: String,
    /// The `id` of the route that is driven.
    pub route_id: String,
    /// How fast, in km/h.
    #[serde(default = "speed_kmh")]
    pub speed_kmh: u32,
    /// Milliseconds from one position to the next.
    #[serde(default = "interval_milliseconds")]
    pub interval_milliseconds: u32,
    /// Seconds from the beginning of one run to that of the next.
    #[serde(default = "every_seconds")]
    pub every_seconds: u32,
    /// Seconds that a run may take, from the first connection to the arrival; until one has succeeded, a minute more.
    #[serde(default = "limit_seconds")]
    pub limit_seconds: u32,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An address of another form.
    #[error("gateway is {0:?}; set it to http://host:port.")]
    Gateway(String),
    /// No route to drive.
    #[error("routeId is empty; set it to the id of a route.")]
    Route,
    /// A run that is not over when the next begins, or that has no time.
    #[error(
        "limitSeconds is {limit} and everySeconds {every}; a run must have some time, and be over before the next begins."
    )]
    Limit {
        /// Seconds that a run may take.
        limit: u32,
        /// Seconds between two runs.
        every: u32,
    },
    /// What no delivery can have.
    #[error(transparent)]
    Request(#[from] DecodeError),
}

impl Config {
    /// Validates the fields.
    ///
    /// # Errors
    /// The first that is invalid.
    pub fn check(&self) -> Result<(), ConfigError> {
        let host = self.gateway.strip_prefix(SCHEME).map(|host| host.trim_end_matches('/'));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '@', '?', '#'])) {
            return Err(ConfigError::Gateway(without_login(&self.gateway)));
        }
        if self.route_id.is_empty() {
            return Err(ConfigError::Route);
        }
        let (limit, every) = (self.limit_seconds, self.every_seconds);
        if limit == 0 || limit >= every {
            return Err(ConfigError::Limit { limit, every });
        }
        Ok(self.request(String::new()).check()?)
    }

    /// The address of the gateway's WebSocket.
    #[must_use]
    pub fn web_socket(&self) -> String {
        let host = self.gateway.strip_prefix(SCHEME).unwrap_or(&self.gateway);
        format!("ws://{}/ws", host.trim_end_matches('/'))
    }

    /// The start request of a run. The gateway gives it the client's id.
    #[must_use]
    pub fn request(&self, id: String) -> NewDirection {
        NewDirection {
            route_id: self.route_id.clone(),
            request_id: Some(id),
            courier: Some(canary::COURIER.to_owned()),
            speed_kmh: Some(self.speed_kmh),
            interval_milliseconds: Some(self.interval_milliseconds),
            ..NewDirection::default()
        }
    }

    /// [`Self::every_seconds`] as a duration.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds.into())
    }

    /// [`Self::limit_seconds`] as a duration.
    #[must_use]
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.limit_seconds.into())
    }
}

fn speed_kmh() -> u32 {
    60
}

fn interval_milliseconds() -> u32 {
    1_000
}

fn every_seconds() -> u32 {
    180
}

fn limit_seconds() -> u32 {
    120
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
