//! What the delivery store, MongoDB, contains of this run at the end; read directly, not through the gateway.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{Secret, Service};
use kube::Api;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ClientOptions;

use crate::client::ledger::{ExpectedEnd, Fix, coordinates};
use crate::setting::Setting;

/// The demo's Secret with the gateway's connection string.
const SECRET: &str = "code-delivery-mongodb";
const PATIENCE: Duration = Duration::from_secs(30);

/// The documents of this run's deliveries, by id; none if this installation has no MongoDB.
pub(crate) async fn read(setting: &Setting) -> Result<Option<HashMap<String, Document>>> {
    let client = &setting.cluster.client;
    let secrets: Api<Secret> = Api::default_namespaced(client.clone());
    let Some(secret) = secrets.get_opt(SECRET).await? else { return Ok(None) };
    let uri = secret.data.unwrap_or_default().remove("uri").context("the Secret has no key uri")?.0;
    let uri = String::from_utf8(uri).context("the uri in the Secret is not valid UTF-8")?;
    // The name of a Service resolves only inside the cluster; its address can be reached from the node as well.
    let services: Api<Service> = Api::namespaced(client.clone(), &setting.data_namespace);
    let name = format!("mongodb.{}.svc", setting.data_namespace);
    let address = services.get("mongodb").await?.spec.and_then(|spec| spec.cluster_ip).unwrap_or_default();
    let mut options = ClientOptions::parse(uri.replace(&name, &address)).await?;
    options.server_selection_timeout = Some(PATIENCE);
    let database = options.default_database.clone().unwrap_or_else(|| "code_delivery".to_owned());
    let found = mongodb::Client::with_options(options)?.database(&database);
    let ours = doc! {"routeId": {"$in": setting.routes().to_vec()}};
    let documents: Vec<Document> = found.collection("deliveries").find(ours).await?.try_collect().await?;
    Ok(Some(documents.into_iter().filter_map(|one| Some((one.get_str("_id").ok()?.to_owned(), one))).collect()))
}

/// How a document differs from how its delivery ended.
pub(crate) fn objection(document: Option<&Document>, truth: &ExpectedEnd) -> Option<String> {
    let Some(document) = document else { return Some("it has no document".to_owned()) };
    let phase = document.get_str("statePhase").unwrap_or("none");
    if phase != "Finished" {
        return Some(format!("its phase is {phase} instead of Finished"));
    }
    let numbers: Vec<f64> = document.get_array("position").into_iter().flatten().filter_map(Bson::as_f64).collect();
    let fix = match (numbers.as_slice(), document.get_i64("seq").ok().and_then(|seq| u64::try_from(seq).ok())) {
        ([lng, lat], Some(seq)) => Some(Fix { seq, coordinates: coordinates([*lng, *lat]) }),
        _ => None,
    };
    (fix != Some(truth.last)).then(|| format!("its last position is {fix:?} instead of {:?}", truth.last))
}

#[cfg(test)]
#[path = "tests/delivery_store.rs"]
mod tests;
