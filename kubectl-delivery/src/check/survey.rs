//! Checks everything once, category by category; what is independent, at the same time.

use std::time::Duration;

use delivery_kafka::topics::topology::{TopicsConfig, wanted};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::timeout;

use super::cluster::api_server;
use super::finding::{Category, Finding, Report};
use super::kafka::query::TopicsQuery;
use super::kafka::topics;
use super::services::probe;
use super::{mesh, observe};
use crate::base::Error;
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::installation::{self, Installation};
use crate::log::execute;
use crate::log::source::{self, KafkaArguments, LogSource};

/// How long one category may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long it may take to read Kafka: a Job has to start first.
const KAFKA_LIMIT: Duration = Duration::from_mins(2);

/// What is checked, and how.
pub(crate) struct Survey<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) cluster: &'a Cluster,
    pub(crate) cleanup: &'a Cleanup,
    pub(crate) kafka: &'a KafkaArguments,
    /// Whether a Job may read Kafka.
    pub(crate) from_cluster: bool,
    /// How long a delivery may wait.
    pub(crate) stuck_after: SignedDuration,
    /// The version of this program.
    pub(crate) plugin: &'a str,
}

impl Survey<'_> {
    /// Checks everything.
    ///
    /// An error if the API server does not answer: then nothing can be checked.
    pub(crate) async fn report(&self) -> Result<Report, Error> {
        let hello = observe::hello(self.cluster).await?;
        // Times in the cluster are compared with a clock in the cluster.
        let offset = api_server::offset(&hello).unwrap_or_default();
        let now = Timestamp::now().checked_add(offset).unwrap_or_else(|_| Timestamp::now());
        let (definitions, found) = tokio::join!(
            category("Custom resources", observe::custom_resources(self.cluster)),
            installation::find(self.cluster, self.kafka.installation_namespace.as_deref()),
        );
        let mut categories = vec![Category::new("API server", api_server::judge(&hello)), definitions];
        match found {
            Ok(installation) => categories.extend(Box::pin(self.installed(&installation, now)).await),
            Err(error) => {
                let rights = category("Permissions", observe::rights(self.cluster, None)).await;
                let missing = Finding::wrong(
                    error.to_string(),
                    "Nothing else was checked. Install the chart, or name the namespace of an installation.",
                );
                categories.extend([rights, Category::new("Installation", [missing])]);
            }
        }
        Ok(Report { categories })
    }

    async fn installed(&self, installation: &Installation, now: Timestamp) -> Vec<Category> {
        let cluster = self.cluster;
        let probed = probe::probe(cluster, installation).await;
        let namespace = installation.namespace.as_str();
        let here = Finding::right(format!("Code Delivery is installed in the namespace {namespace}."));
        let (rights, deployments, operator, gateway, kafka, connectors, monitoring, mesh, deliveries) = tokio::join!(
            category("Permissions", observe::rights(cluster, Some(namespace))),
            category("", observe::deployments(cluster, installation, &probed, self.plugin)),
            category("Operator", observe::operator(cluster, installation, &probed, now)),
            category("Gateway", observe::gateway(cluster, installation, &probed)),
            category_within(KAFKA_LIMIT, "Kafka", self.kafka(installation)),
            category("Connectors", observe::kafka_connectors(cluster, installation, &probed)),
            category("Monitoring", observe::prometheus_objects(cluster, installation)),
            category("Mesh", Box::pin(mesh::observe::findings(cluster, installation))),
            category("Deliveries", observe::deliveries(cluster, installation, self.stuck_after, now)),
        );
        let installed = Category::new("Installation", [vec![here], deployments.checks].concat());
        let kafka = Category::new("Kafka", [vec![probed.brokers()], kafka.checks].concat());
        let servers = Category::new("MongoDB and Elasticsearch", probed.servers());
        let purchases = Category::new("Purchases", observe::purchases(&probed));
        let canary = Category::new("Canary", probed.canary(now));
        // Who is in no mesh need not read of one.
        let mesh = (!mesh.checks.is_empty()).then_some(mesh);
        let first = [rights, installed, operator, gateway, kafka, servers, purchases, connectors, monitoring];
        first.into_iter().chain(mesh).chain([canary, deliveries]).collect()
    }

    async fn kafka(&self, installation: &Installation) -> Vec<Finding> {
        let servers = &installation.config.kafka.bootstrap_servers;
        match self.source(installation).await {
            Ok(Some(source)) => {
                ask(&source, installation).await.unwrap_or_else(|error| vec![Finding::unreadable(&error)])
            }
            Ok(None) => vec![Finding::skipped(format!(
                "Kafka at {servers} cannot be reached from here, so its topics were not read; what the operator says of them is \
                 above. --from-cluster reads them through a Job, --bootstrap-servers at an address that is reachable from here."
            ))],
            Err(error) => vec![Finding::unreadable(&error)],
        }
    }

    /// From where Kafka is read; `None`: it cannot be reached from here, and no Job is wanted.
    async fn source(&self, installation: &Installation) -> Result<Option<LogSource>, Error> {
        if self.kafka.bootstrap_servers.is_some() {
            return self.kafka.source(self.connection, self.cleanup).await.map(Some);
        }
        if self.from_cluster {
            return source::of_installation(self.cluster, installation.clone(), self.cleanup).await.map(Some);
        }
        source::from_here(self.cluster, installation).await
    }
}

/// A category whose findings may take a limited time.
async fn category(name: &'static str, findings: impl Future<Output = Vec<Finding>>) -> Category {
    category_within(LIMIT, name, findings).await
}

/// The same, with a limit of its own.
async fn category_within(
    limit: Duration,
    name: &'static str,
    findings: impl Future<Output = Vec<Finding>>,
) -> Category {
    let found = timeout(limit, findings).await.unwrap_or_else(|_| {
        let message = format!("This took longer than {} s and was given up.", limit.as_secs());
        vec![Finding::wrong(message, "Check the API server and the network, and run the check again.")]
    });
    Category::new(name, found)
}

async fn ask(source: &LogSource, installation: &Installation) -> Result<Vec<Finding>, Error> {
    let (config, from) = match source {
        LogSource::Direct { config, .. } => (config, "from here"),
        LogSource::InCluster(_) => (&installation.config.kafka, "through a Job in the cluster"),
    };
    let found = execute::query(source, &TopicsQuery, |()| Ok(())).await?;
    let answers = Finding::right(format!("Kafka at {} answers, asked {from}.", config.bootstrap_servers));
    let judged = match configured(&installation.config.topics) {
        Ok(configured) => topics::judge(&wanted(config, &configured), &found),
        Err(error) => vec![Finding::warning(
            format!("The operator's configuration of the topics belongs to another release: {error}."),
            "Use the kubectl-delivery of the release that is installed.",
        )],
    };
    Ok([vec![answers], judged].concat())
}

/// How the installation configures its topics.
fn configured(topics: &Value) -> Result<TopicsConfig, serde_json::Error> {
    if topics.is_null() { Ok(TopicsConfig::default()) } else { serde_json::from_value(topics.clone()) }
}

#[cfg(test)]
#[path = "tests/survey.rs"]
mod tests;
