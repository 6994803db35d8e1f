//! Deletes the connectors whose objects are gone, one task per Kafka Connect cluster: when an object is deleted, when the cluster
//! comes back, and every now and then. It also tells whether the cluster can be reached.
//!
//! What has no object in the store is looked for in the API server itself before it is deleted: the store may be older.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use kube::Api;
use kube::api::ListParams;

use crate::connector::KafkaConnector;
use crate::context::Context;
use crate::desired::{Options, Owner};
use crate::observe;
use crate::orphans::orphans;
use crate::rest::Connect;

/// How often a cluster that is away is asked.
const AWAY: Duration = Duration::from_secs(5);

/// Runs for ever.
///
/// # Errors
/// When the watches have ended.
pub async fn run(context: Arc<Context>, cluster: String, connect: Connect) -> anyhow::Result<()> {
    let mut deleted = context.deleted.subscribe();
    loop {
        let there = connect.all().await;
        if context.links.note(&cluster, there.as_ref().err().map(ToString::to_string).as_deref()) {
            context.backoff.clear();
            context.returned.send_modify(|count| *count += 1);
        }
        let mut wait = context.config.resync();
        match there {
            Ok(there) if context.are_complete() => {
                if !swept(&context, &connect, &cluster, &there).await {
                    wait = wait.min(AWAY);
                }
            }
            _ => wait = wait.min(AWAY),
        }
        let uids: HashSet<_> = context.objects.uids().collect();
        context.backoff.retain(|uid| uids.contains(uid));
        context.left.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid| uids.contains(uid));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = deleted.changed() => changed.context("The watches have ended.")?,
        }
    }
}

/// Deletes what has lost its object. Tells whether all of it is gone.
async fn swept(context: &Context, connect: &Connect, cluster: &str, there: &BTreeMap<String, Options>) -> bool {
    let objects = &context.objects;
    let is_watched = |namespace: &str| objects.watches(namespace);
    let mut all = true;
    for owner in orphans(there, &context.config.source, is_watched, |owner| objects.exists(owner, cluster)) {
        if let Err(error) = remove(context, connect, cluster, &owner).await {
            let (connector, error) = (&owner.name, format!("{error:#}"));
            tracing::warn!(
                cluster,
                connector,
                error,
                "A connector without an object could not be deleted; it is tried again."
            );
            all = false;
        }
    }
    all
}

async fn remove(context: &Context, connect: &Connect, cluster: &str, owner: &Owner) -> anyhow::Result<()> {
    let api: Api<KafkaConnector> = Api::namespaced(context.client.clone(), &owner.namespace);
    // A list, not a get: a kind that is not served answers it with an error, and never looks like an object that is gone.
    let this = ListParams::default()
        .fields(&format!("metadata.name={}", owner.name))
        .labels(&format!("{}={cluster}", crate::connector::CLUSTER_LABEL));
    if !api.list_metadata(&this).await?.items.is_empty()
        || observe::is_strimzis(context, &owner.namespace, cluster).await?
    {
        return Ok(());
    }
    connect.delete(&owner.name).await?;
    context.metrics.deleted();
    tracing::info!(
        cluster,
        namespace = owner.namespace,
        connector = owner.name,
        "A connector was deleted, for its object is gone."
    );
    Ok(())
}
