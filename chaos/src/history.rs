//! What MongoDB holds of this run in the end, read past the gateway.

use crate::ledger::{Shown, Truth, place};
use crate::setting::Setting;
use anyhow::{Context, Result};
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{Secret, Service};
use kube::Api;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ClientOptions;
use std::collections::HashMap;
use std::time::Duration;

/// The demo's Secret with the gateway's connection string.
const SECRET: &str = "code-delivery-mongodb";
const PATIENCE: Duration = Duration::from_secs(10);

/// The documents of this run's deliveries, by id; none when this installation has no MongoDB.
pub(crate) async fn read(setting: &Setting) -> Result<Option<HashMap<String, Document>>> {
    let client = &setting.cluster.client;
    let secrets: Api<Secret> = Api::default_namespaced(client.clone());
    let Some(secret) = secrets.get_opt(SECRET).await? else { return Ok(None) };
    let uri = secret.data.unwrap_or_default().remove("uri").context("the Secret has no key uri")?.0;
    let uri = String::from_utf8(uri).context("the Secret's uri is no text")?;
    // The name of a Service can be resolved in the cluster only; its address can be reached from the node as well.
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

/// In what a document differs from how its delivery ended.
pub(crate) fn objection(document: Option<&Document>, truth: &Truth) -> Option<String> {
    let Some(document) = document else { return Some("there is no document of it".to_owned()) };
    let phase = document.get_str("statePhase").unwrap_or("none");
    if phase != "Finished" {
        return Some(format!("its phase is {phase}, and it is Finished"));
    }
    let numbers: Vec<f64> = document.get_array("position").into_iter().flatten().filter_map(Bson::as_f64).collect();
    let shown = match (numbers.as_slice(), document.get_i64("seq").ok().and_then(|seq| u64::try_from(seq).ok())) {
        ([lng, lat], Some(seq)) => Some(Shown { seq, place: place([*lng, *lat]) }),
        _ => None,
    };
    (shown != Some(truth.last)).then(|| format!("it is last at {shown:?}, and ended at {:?}", truth.last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_must_be_there_be_finished_and_have_the_true_last_position() {
        let truth = Truth { last: Shown { seq: 3, place: [-10_000_000, 20_000_000] }, at: 0 };
        let document = |phase: &str, seq: i64, lng: f64| doc! {"statePhase": phase, "seq": seq, "position": [lng, 2.0]};
        assert_eq!(objection(Some(&document("Finished", 3, -1.0)), &truth), None);
        for wrong in
            [document("Running", 3, -1.0), document("Finished", 2, -1.0), document("Finished", 3, 1.0), doc! {}]
        {
            assert!(objection(Some(&wrong), &truth).is_some(), "{wrong}");
        }
        assert!(objection(None, &truth).is_some());
    }
}
