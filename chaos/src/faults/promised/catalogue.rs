//! Wipes a topic: deletes the one of the routes. The operator must create it again and write every route that exists as an object, and
//! the gateways must read it anew.
//!
//! It is the one topic whose whole content of this run can be rebuilt. Positions, states and requests exist nowhere else, and of the plans
//! the operator knows only those of objects, not those of this program's lists. The verdict on the deliveries needs the routes, so at the
//! end it also shows whether they came back unchanged. Deliveries of earlier runs whose routes are gone as objects cannot be verified
//! any more.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use delivery_kafka::ConnectionError;
use delivery_messages::{Route, Topic, decode};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::Message;

use crate::evidence::kafka;
use crate::faults::gateways::Gateway;
use crate::faults::trial::{Hit, Trial, time_until};
use crate::setting::Setting;

/// How long Kafka may take to delete the topic.
const DELETION: Duration = Duration::from_secs(30);
/// How long the operator may take to create it: it looks at the topics every minute.
const CREATED: Duration = Duration::from_mins(3);
/// How long the routes may take to be there again, and the gateways to have read them. A container that was restarted several times
/// waits before it starts again.
const FILLED: Duration = Duration::from_mins(2);
const READ: Duration = Duration::from_mins(4);

/// Deletes the topic and watches it come back.
///
/// # Errors
/// When it could not be deleted.
pub(crate) async fn wipe(setting: &Setting, before: &[Gateway], gateways: &Api<Pod>, selector: &str) -> Result<Hit> {
    let topic = setting.kafka.topic(Topic::Catalogue);
    let written = keys(setting).await.context("the routes cannot be read before they are wiped")?;
    ensure!(!written.is_empty(), "the topic {topic} has none of this run's routes, so nothing could come back");
    let id = kafka::id(&setting.kafka, &topic).await.with_context(|| format!("the topic {topic} has no id"))?;
    let admin: AdminClient<DefaultClientContext> =
        setting.kafka.client("chaos")?.create().map_err(ConnectionError::from)?;
    let options = AdminOptions::new().operation_timeout(Some(DELETION)).request_timeout(Some(DELETION));
    for deleted in admin.delete_topics(&[topic.as_str()], &options).await? {
        deleted.map_err(|(topic, error)| anyhow!("Kafka could not delete the topic {topic}: {error}"))?;
    }
    let mut trial = Trial::default();
    let is_new = async || kafka::id(&setting.kafka, &topic).await.is_ok_and(|now| now != id);
    trial.recovered("the topic exists again", time_until(CREATED, is_new).await, CREATED);
    let is_filled = async || keys(setting).await.is_ok_and(|now| written.is_subset(&now));
    trial.recovered(format!("{} routes are in it", written.len()), time_until(FILLED, is_filled).await, FILLED);
    let selected = ListParams::default().labels(selector);
    let read = async || {
        let Ok(pods) = gateways.list(&selected).await else { return false };
        let now: Vec<_> = pods.iter().filter_map(|pod| Gateway::of(pod).ok()).collect();
        is_anew(before, &now) && serve(&now, &setting.routes()).await
    };
    trial.recovered("every gateway has started anew and lists them", time_until(READ, read).await, READ);
    Ok(Hit { target: format!("{topic}, {} routes of this run", written.len()), trial: Some(trial) })
}

/// The keys of this run's routes in the topic.
async fn keys(setting: &Setting) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    kafka::read_all(&setting.kafka, Topic::Catalogue, |record| {
        let key = record.key().and_then(|key| std::str::from_utf8(key).ok());
        if let (Some(key), Ok(route)) = (key, decode::<Route>(Topic::Catalogue, record.payload()))
            && route.id.starts_with(&setting.run)
        {
            found.insert(key.to_owned());
        }
    })
    .await?;
    Ok(found)
}

/// Whether there are as many gateways as before, and each is another process: it has forgotten what it had read.
fn is_anew(before: &[Gateway], now: &[Gateway]) -> bool {
    let is_old = |gateway: &Gateway| before.iter().any(|old| old.process == gateway.process);
    now.len() >= before.len() && !now.iter().any(is_old)
}

/// Whether every gateway knows all of these routes.
async fn serve(gateways: &[Gateway], routes: &[String]) -> bool {
    for gateway in gateways {
        for route in routes {
            if !gateway.serves(&format!("/routes/{route}")).await {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
#[path = "tests/catalogue.rs"]
mod tests;
