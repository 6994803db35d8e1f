//! Deletes the connectors whose objects are gone, one task per Kafka Connect cluster: when an object is deleted, when the cluster is
//! available again, and at every resync. It also records whether the cluster is available. Imports `super::orphans`.
//!
//! An object that is not in the store is looked up in the API server before its connector is deleted: the store may be older.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use delivery_observability::Heartbeat;
use kube::Api;
use kube::api::ListParams;
use tokio::sync::watch;

use super::orphans::orphans;
use crate::connect::availability::Availability;
use crate::connect::options::{Options, Owner};
use crate::connect::rest::Connect;
use crate::objects::Objects;
use crate::observe::kubernetes;
use crate::reconcile::context::Context;
use crate::strimzi::connector::{CLUSTER_LABEL, KafkaConnector};

/// How often an unavailable cluster is asked again.
const RETRY: Duration = Duration::from_secs(5);

/// What the sweeps of all clusters share.
#[derive(Clone)]
pub struct Sweep {
    /// What sweeps share with reconciliations.
    pub context: Arc<Context>,
    /// The objects whose connectors are kept.
    pub objects: Arc<Objects>,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
    /// Which clusters are available.
    pub availability: Arc<Availability>,
    /// Changes when an object is deleted.
    pub deleted: watch::Receiver<u64>,
    /// Incremented when a cluster is available again, so that its connectors are reconciled.
    pub restored: watch::Sender<u64>,
}

impl Sweep {
    /// Sweeps one cluster forever.
    ///
    /// # Errors
    /// When the watches have ended.
    pub async fn run(mut self, cluster: String, connect: Connect) -> anyhow::Result<()> {
        let resync = self.context.config.resync();
        loop {
            let connectors = self.heartbeat.during(connect.list()).await;
            let problem = connectors.as_ref().err().map(ToString::to_string);
            if self.availability.record(&cluster, problem.as_deref()) {
                self.context.backoff.clear();
                self.restored.send_modify(|count| *count += 1);
            }
            let is_clean = match connectors {
                Ok(connectors) if self.objects.are_complete() => self.sweep(&connect, &cluster, &connectors).await,
                _ => false,
            };
            let uids: HashSet<_> = self.objects.uids().collect();
            self.context.backoff.retain(|uid| uids.contains(uid));
            self.context.left_to_strimzi.retain(|uid| uids.contains(uid));
            tokio::select! {
                () = tokio::time::sleep(if is_clean { resync } else { resync.min(RETRY) }) => {}
                changed = self.deleted.changed() => changed.context("The watches have ended.")?,
            }
        }
    }

    /// Deletes the connectors that have lost their objects. Returns whether none is left.
    async fn sweep(&self, connect: &Connect, cluster: &str, connectors: &BTreeMap<String, Options>) -> bool {
        let objects = &self.objects;
        let is_watched = |namespace: &str| objects.watches(namespace);
        let exists = |owner: &Owner| objects.exists(owner, cluster);
        let mut is_clean = true;
        for owner in orphans(connectors, &self.context.config.source, is_watched, exists) {
            // A round for each: how many there are, and so how long all of them take, is not bounded.
            if let Err(error) = self.heartbeat.during(self.delete(connect, cluster, &owner)).await {
                let (connector, error) = (&owner.name, format!("{error:#}"));
                tracing::warn!(cluster, connector, error, "Cannot delete a connector whose object is gone; retrying.");
                is_clean = false;
            }
        }
        is_clean
    }

    async fn delete(&self, connect: &Connect, cluster: &str, owner: &Owner) -> anyhow::Result<()> {
        let Owner { namespace, name, .. } = owner;
        let client = &self.context.client;
        let api: Api<KafkaConnector> = Api::namespaced(client.clone(), namespace);
        // A list, not a get: when the kind is not served it fails, and never looks like an object that is gone.
        let this = ListParams::default()
            .fields(&format!("metadata.name={name}"))
            .labels(&format!("{CLUSTER_LABEL}={cluster}"));
        if !api.list_metadata(&this).await?.items.is_empty()
            || kubernetes::is_managed_by_strimzi(client, namespace, cluster).await?
        {
            return Ok(());
        }
        connect.delete(name).await?;
        self.context.metrics.deleted();
        tracing::info!(cluster, namespace, connector = name, "Deleted a connector whose object is gone.");
        Ok(())
    }
}
