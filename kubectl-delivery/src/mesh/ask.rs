//! Asks Prometheus for the traffic of the mesh: all queries at the same time.

use futures::future::try_join_all;

use super::queries::{self, RECEIVED, SENT};
use super::traffic::Answers;
use crate::base::Error;
use crate::cluster::prometheus::{Prometheus, Series};

/// The traffic of these namespaces within the last seconds.
pub(crate) async fn answers(prometheus: &Prometheus, namespaces: &[String], seconds: u64) -> Result<Answers, Error> {
    let (requests, sent, received, p50, p95, p99, security) = tokio::try_join!(
        all(prometheus, namespaces, |namespace| queries::requests(namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::bytes(SENT, namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::bytes(RECEIVED, namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::durations(0.5, namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::durations(0.95, namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::durations(0.99, namespace, seconds)),
        all(prometheus, namespaces, |namespace| queries::security(namespace, seconds)),
    )?;
    Ok(Answers { requests, sent, received, p50, p95, p99, security })
}

/// What answers the queries of all namespaces, in their order.
async fn all(
    prometheus: &Prometheus,
    namespaces: &[String],
    queries: impl Fn(&str) -> Vec<String>,
) -> Result<Vec<Series>, Error> {
    let queries: Vec<_> = namespaces.iter().flat_map(|namespace| queries(namespace)).collect();
    let found = try_join_all(queries.iter().map(|query| prometheus.query(query))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether Prometheus has ever heard of a mesh.
pub(crate) async fn knows_a_mesh(prometheus: &Prometheus) -> Result<bool, Error> {
    Ok(!prometheus.query(&queries::any()).await?.is_empty())
}
