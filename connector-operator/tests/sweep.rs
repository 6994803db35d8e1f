//! Connectors whose objects are gone, and those that must never be taken for such.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::api::{context, server, unlisted};
use common::connect::{Connect, start};
use common::connector;
use delivery_connector_operator::desired::OWNER;
use delivery_connector_operator::objects::Objects;
use delivery_connector_operator::sweep;
use serde_json::json;

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

/// Sweeps until so many changes were made, or for a while when there should be none.
async fn swept(
    context: delivery_connector_operator::context::Context,
    connect: &Connect,
    expected: usize,
) -> Vec<String> {
    let context = Arc::new(context);
    let task =
        tokio::spawn(sweep::run(Arc::clone(&context), "connect".to_owned(), context.clusters["connect"].clone()));
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
    let context = context(client, &connect.url, &[&here]);
    assert_eq!(swept(context, &connect, 1).await, ["DELETE /gone"]);
}

#[tokio::test]
async fn what_the_api_server_still_has_is_not_deleted_whatever_the_store_says() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    assert_eq!(swept(context(client, &connect.url, &[]), &connect, 0).await, [""; 0]);
    assert!(api.lock().unwrap().asked.contains(&"GET kafkaconnectors".to_owned()));
}

#[tokio::test]
async fn nothing_is_deleted_before_all_objects_are_known() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    api.lock().unwrap().connector = None;
    let mut context = context(client, &connect.url, &[]);
    context.objects = Arc::new(Objects(vec![unlisted()]));
    assert_eq!(swept(context, &connect, 0).await, [""; 0]);
}

#[tokio::test]
async fn what_strimzi_serves_is_not_deleted() {
    let connect = connect_with(&[("lines", "shop/code-delivery shop/lines")]).await;
    let (client, api) = server(&connector("", ""));
    api.lock().unwrap().connector = None;
    api.lock().unwrap().strimzi = true;
    assert_eq!(swept(context(client, &connect.url, &[]), &connect, 0).await, [""; 0]);
}
