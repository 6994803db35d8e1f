//! Jaeger's query API: at the address given with `--jaeger`, else where the installation says.

use delivery_messages::records::text::without_login;

use super::connection::Cluster;
use super::installation;
use super::place::Place;
use super::server::{Kind, Server};
use crate::base::{Error, Problem};

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct JaegerArguments {
    /// The address of Jaeger's query API, such as `http://127.0.0.1:29686`; default: what `tracing.query` in the values of the chart
    /// names.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_JAEGER")]
    pub(crate) jaeger: Option<String>,
}

/// There is no Jaeger to ask.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JaegerError {
    #[error(
        "Code Delivery in the namespace {0} does not say where its traces are. Switch them on with tracing.endpoint and tracing.query in \
         the values of the chart (TRACES=1 make demo does), or name Jaeger's query API with --jaeger."
    )]
    Off(String),
    #[error(
        "The ConfigMap of the operator in the namespace {namespace} names \"{query}\" for traces, which is neither an address nor a \
         Service as namespace/name:port. Correct tracing.query in the values of the chart, or name Jaeger's query API with --jaeger."
    )]
    Invalid { namespace: String, query: String },
}

impl Problem for JaegerError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Off(_) => "TracesOff",
            Self::Invalid { .. } => "JaegerAddress",
        }
    }
}

impl JaegerArguments {
    /// The query API at the given address, or else the one that the installation names.
    pub(crate) async fn find(&self, cluster: &Cluster, installation_namespace: Option<&str>) -> Result<Server, Error> {
        if let Some(address) = &self.jaeger {
            return Ok(Server::at(Kind::Jaeger, address, "")?);
        }
        let installation = installation::find(cluster, installation_namespace).await?;
        let namespace = installation.namespace;
        let Some(query) = installation.traces else { return Err(JaegerError::Off(namespace).into()) };
        match Place::parse(&query) {
            Some(place) => Ok(place.server(Kind::Jaeger, cluster)?),
            None => Err(JaegerError::Invalid { namespace, query: without_login(&query) }.into()),
        }
    }
}

#[cfg(test)]
#[path = "tests/jaeger.rs"]
mod tests;
