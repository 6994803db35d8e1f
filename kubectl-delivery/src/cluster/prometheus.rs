//! Prometheus' query API: at the address given with `--prometheus`, else where the installation says.
//!
//! What is asked is left to [`crate::mesh`]. See <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use std::collections::BTreeMap;

use delivery_messages::records::text::without_login;
use http::StatusCode;
use serde_json::Value;

use super::connection::Cluster;
use super::installation::Installation;
use super::place::Place;
use super::server::{Kind, Server, ServerError, encoded};
use crate::base::{Error, Problem};

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PrometheusArguments {
    /// The address of Prometheus, such as `http://127.0.0.1:29090`; default: what `monitoring.query` in the values of the chart names.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_PROMETHEUS")]
    pub(crate) prometheus: Option<String>,
}

/// There is no Prometheus to ask, or it does not answer the question.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrometheusError {
    #[error(
        "Code Delivery in the namespace {0} does not say where its Prometheus is. Name it with monitoring.query in the values of the chart, \
         or with --prometheus."
    )]
    Unknown(String),
    #[error(
        "The ConfigMap of the operator in the namespace {namespace} names \"{query}\" for Prometheus, which is neither an address nor a \
         Service as namespace/name:port. Correct monitoring.query in the values of the chart, or name Prometheus with --prometheus."
    )]
    Invalid { namespace: String, query: String },
    #[error("Prometheus does not answer a query: {0}. Check that --prometheus or monitoring.query names a Prometheus.")]
    Refused(String),
}

impl Problem for PrometheusError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "PrometheusUnknown",
            Self::Invalid { .. } => "PrometheusAddress",
            Self::Refused(_) => "PrometheusRefuses",
        }
    }
}

/// One of the series that answer a query, with its value now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Series {
    /// A label; Prometheus leaves empty ones out.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

/// A client of Prometheus.
#[derive(Clone)]
pub(crate) struct Prometheus(Server);

impl PrometheusArguments {
    /// The Prometheus at the given address; `None` without one.
    pub(crate) fn at_address(&self) -> Result<Option<Prometheus>, ServerError> {
        let address = self.prometheus.as_deref();
        address.map(|address| Server::at(Kind::Prometheus, address, "").map(Prometheus)).transpose()
    }
}

impl Prometheus {
    /// The one that the installation names.
    pub(crate) fn of_installation(cluster: &Cluster, installation: &Installation) -> Result<Self, Error> {
        let namespace = installation.namespace.clone();
        let Some(query) = &installation.prometheus else { return Err(PrometheusError::Unknown(namespace).into()) };
        let Some(place) = Place::parse(query) else {
            return Err(PrometheusError::Invalid { namespace, query: without_login(query) }.into());
        };
        Ok(Self(place.server(Kind::Prometheus, cluster)?))
    }

    /// What answers a query now.
    pub(crate) async fn query(&self, query: &str) -> Result<Vec<Series>, Error> {
        let reply = self.0.get(&format!("/api/v1/query?query={}", encoded(query))).await?;
        let found = if reply.status == StatusCode::OK { vector(&reply.body) } else { None };
        let said =
            || reply.body.get("error").and_then(Value::as_str).map_or_else(|| reply.status.to_string(), str::to_owned);
        Ok(found.ok_or_else(|| PrometheusError::Refused(said().trim_end_matches('.').to_owned()))?)
    }
}

/// The series of an instant vector; `None` if it is none.
fn vector(body: &Value) -> Option<Vec<Series>> {
    let data = body.get("data")?;
    let is_vector = data.get("resultType")?.as_str() == Some("vector");
    let results = data.get("result")?.as_array().filter(|_| is_vector)?;
    results.iter().map(series).collect()
}

fn series(result: &Value) -> Option<Series> {
    let labels = result.get("metric")?.as_object()?.iter();
    let labels = labels.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect::<Option<_>>()?;
    let value = result.pointer("/value/1")?.as_str()?.parse().ok()?;
    Some(Series { labels, value })
}

#[cfg(test)]
#[path = "tests/prometheus.rs"]
pub(crate) mod tests;
