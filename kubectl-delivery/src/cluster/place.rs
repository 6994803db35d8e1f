//! Where a server beside the installation is, as the values of the chart name it.

use super::connection::Cluster;
use super::server::{Kind, Server, ServerError};

/// An address, or a Service as `namespace/name:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Address(&'a str),
    Service { namespace: &'a str, name: &'a str, port: i32 },
}

impl<'a> Place<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Some(Self::Address(text));
        }
        let (namespace, service) = text.split_once('/')?;
        let (name, port) = service.split_once(':')?;
        let is_name = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
        (is_name(namespace) && is_name(name)).then_some(Self::Service { namespace, name, port: i32::from(port) })
    }

    /// A client of the server there.
    pub(super) fn server(self, kind: Kind, cluster: &Cluster) -> Result<Server, ServerError> {
        match self {
            Self::Address(address) => Server::at(kind, address, ""),
            Self::Service { namespace, name, port } => Ok(Server::of_service(kind, cluster, namespace, name, port)),
        }
    }
}

#[cfg(test)]
#[path = "tests/place.rs"]
mod tests;
