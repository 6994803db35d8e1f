//! Connectors whose objects are gone, and those that must never be mistaken for them.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::api::{context, server, unlisted, watched};
use common::connect::{Connect, start};
use common::connector;
use delivery_connector_operator::cleanup::sweep::Sweep;
use delivery_connector_operator::connect::availability::Availability;
use delivery_connector_operator::connect::options::OWNER;
use delivery_connector_operator::connect::rest;
use delivery_connector_operator::metrics::Metrics;
use delivery_connector_operator::objects::Objects;
use delivery_connector_operator::reconcile::context::Context;
use delivery_connector_operator::strimzi::connector::GuardedConnector;
use delivery_controller::watch::Watched;
use delivery_observability::{Health, Heartbeat};
use serde_json::json;
use tokio::sync::watch;

async fn connect_with(connectors: &[(&str, &str)]) -> Connect {
    let connect = start().await;
    connect.change(|state| {
        for (name, owner) in connectors {
            let config = json!({ "name": name, OWNER: owner });
            let it = common::connect::Connector {
                config,
                state: "RUNNING".to_owned(),
                tasks: Vec::new(),
                offsets: json!({}),
            };
            state.connectors.insert((*name).to_owned(), it);
        }
    });
    connect
}

/// The sweep of a context's cluster, with that cluster.
fn sweep_of(
    context: Context,
    objects: Watched<GuardedConnector>,
    heartbeat: Heartbeat,
) -> (Sweep, rest::Connect, watch::Sender<u64>) {
    let cluster = context.clusters.iter().next().unwrap().1.clone();
    let deleted = watch::Sender::new(0);
    let sweep = Sweep {
        context: Arc::new(context),
        objects: Arc::new(Objects(vec![objects])),
        heartbeat,
        availability: Arc::new(Availability::new(Health::default(), Metrics::default())),
        deleted: deleted.subscribe(),
        restored: watch::Sender::new(0),
    };
    (sweep, cluster, deleted)
}

/// Sweeps until so many changes were made, or for a while when there should be none.
async fn swept(
    context: Context,
    objects: Watched<GuardedConnector>,
    connect: &Connect,
    expected: usize,
) -> Vec<String> {
    let (sweep, cluster, _deleted) = sweep_of(context, objects, Heartbeat::new(Duration::from_mins(1)));
    let task = tokio::spawn(sweep.run("connect".to_owned(), cluster));
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if expected > 0 && connect.state.lock().unwrap().changes.len() >= expected {
            break;
        }
    }
    task.abort();
    connect.changes()
}

#[tokio::test]
async fn a_connector_whose_object_is_gone_is_deleted_and_no_other() {
    let connect = connect_with(&[
        ("lines", "shop/code-delivery shop/lines"),
        ("gone", "shop/code-delivery shop/gone"),
        ("theirs", "other/release shop/theirs"),
        ("by-hand", ""),
    ])
    .await;
    let here = connector("", "");
    let (client, api) = server(&here);
    api.lock().unwrap().connector = None;
    assert_eq!(swept(context(client, &connect.url), watched(&[&here]), &connect, 1).await, ["DELETE /gone"]);
}

#[tokio::test]
async fn an_object_that_the_api_server_still_has_keeps_its_connector_whatever_the_store_has() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    assert_eq!(swept(context(client, &connect.url), watched(&[]), &connect, 0).await, [""; 0]);
    assert!(api.lock().unwrap().asked.contains(&"GET kafkaconnectors".to_owned()));
}

#[tokio::test]
async fn nothing_is_deleted_before_all_objects_are_listed() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    api.lock().unwrap().connector = None;
    assert_eq!(swept(context(client, &connect.url), unlisted(), &connect, 0).await, [""; 0]);
}

#[tokio::test]
async fn a_connector_that_strimzi_manages_is_not_deleted() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    api.lock().unwrap().connector = None;
    api.lock().unwrap().strimzi = true;
    assert_eq!(swept(context(client, &connect.url), watched(&[]), &connect, 0).await, [""; 0]);
}

#[tokio::test]
async fn many_deletions_that_take_long_together_do_not_hang() {
    const COUNT: usize = 5;
    let owners: Vec<_> =
        (0..COUNT).map(|number| (format!("gone-{number}"), format!("shop/code-delivery shop/gone-{number}"))).collect();
    let owners: Vec<_> = owners.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let connect = connect_with(&owners).await;
    connect.change(|state| state.pause = Duration::from_millis(700));
    let (client, api) = server(&connector("", ""));
    api.lock().unwrap().connector = None;
    let health = Health::default();
    let heartbeat = health.heartbeat("sweep", Duration::from_secs(2));
    let (sweep, cluster, _deleted) = sweep_of(context(client, &connect.url), watched(&[]), heartbeat);
    let task = tokio::spawn(sweep.run("connect".to_owned(), cluster));
    let began = tokio::time::Instant::now();
    while connect.state.lock().unwrap().changes.len() < COUNT {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", connect.changes());
        assert!(health.is_ready(), "{}", health.report());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    task.abort();
}
