//! The commands `cancel`, `suspend` and `resume`.

use crate::cluster::{Cluster, Connection};
use crate::deliveries::{self, End};
use crate::error::Error;
use crate::output::say;
use delivery_api::Delivery;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use serde_json::json;
use std::process::ExitCode;

/// Deliveries that are changed.
#[derive(Clone, Debug, clap::Args)]
pub struct Names {
    /// Names of Deliveries.
    #[arg(required = true, value_name = "DELIVERY")]
    pub names: Vec<String>,
}

/// What is done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The object is deleted.
    Cancel,
    /// The vehicle stops where it is.
    Suspend,
    /// It goes on from there.
    Resume,
}

/// What is to be done with one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Delete(&'static str),
    Set(bool, &'static str),
    Nothing(&'static str),
    Refuse(String),
}

fn step(change: Change, delivery: &Delivery) -> Step {
    let end = deliveries::end(delivery);
    match (change, end) {
        (Change::Cancel, None) => Step::Delete("cancelled"),
        (Change::Cancel, Some(_)) => Step::Delete("deleted; it had ended already"),
        (_, Some(end)) => {
            let how = if end == End::Finished { "has finished" } else { "has failed" };
            Step::Refuse(format!("The Delivery {} {how}; there is nothing to suspend or resume.", delivery.name_any()))
        }
        (Change::Suspend, None) if delivery.spec.suspend => Step::Nothing("suspended already"),
        (Change::Suspend, None) => Step::Set(true, "suspended"),
        (Change::Resume, None) if delivery.spec.suspend => Step::Set(false, "resumed"),
        (Change::Resume, None) => Step::Nothing("not suspended"),
    }
}

async fn apply(cluster: &Cluster, change: Change, name: &str) -> Result<&'static str, Error> {
    let delivery = deliveries::get(cluster, name).await?;
    let api = deliveries::api(cluster);
    match step(change, &delivery) {
        Step::Nothing(said) => Ok(said),
        Step::Refuse(message) => Err(Error::Invalid(message)),
        Step::Delete(said) => {
            // The one that was looked at, not another that has taken its name since.
            let this = Preconditions { uid: delivery.uid(), resource_version: None };
            let parameters = DeleteParams { preconditions: Some(this), ..DeleteParams::background() };
            api.delete(name, &parameters)
                .await
                .map_err(Error::api(format!("The Delivery {name} cannot be cancelled")))?;
            Ok(said)
        }
        Step::Set(suspend, said) => {
            let patch = Patch::Merge(json!({"metadata": {"uid": delivery.uid()}, "spec": {"suspend": suspend}}));
            let patched = api.patch(name, &PatchParams::default(), &patch).await;
            patched.map_err(Error::api(format!("The Delivery {name} cannot be changed")))?;
            Ok(said)
        }
    }
}

/// Changes each of them; one that cannot be changed does not keep the others from it.
///
/// # Errors
/// When the cluster cannot be used at all.
pub async fn run(change: Change, names: &Names, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let mut code = ExitCode::SUCCESS;
    for name in &names.names {
        match apply(&cluster, change, name).await {
            Ok(said) => say(&format!("{} {said}\n", deliveries::reference(name)))?,
            Err(error) => {
                eprintln!("error: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(suspend: bool, condition: &str) -> Delivery {
        let text = format!(
            "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: primeiro}}
spec: {{routeRef: {{name: primeiro}}, suspend: {suspend}}}
status:
  conditions:
    - {{type: {condition}, status: 'True', reason: R, message: M, lastTransitionTime: '2026-01-01T00:00:00Z'}}
"
        );
        serde_yaml::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_done_depends_on_where_the_delivery_stands() {
        let (driving, standing) = (delivery(false, "Running"), delivery(true, "RouteReady"));
        let (finished, failed) = (delivery(false, "Complete"), delivery(true, "Failed"));
        assert_eq!(step(Change::Cancel, &driving), Step::Delete("cancelled"));
        assert_eq!(step(Change::Cancel, &finished), Step::Delete("deleted; it had ended already"));
        assert_eq!(step(Change::Suspend, &driving), Step::Set(true, "suspended"));
        assert_eq!(step(Change::Suspend, &standing), Step::Nothing("suspended already"));
        assert_eq!(step(Change::Resume, &standing), Step::Set(false, "resumed"));
        assert_eq!(step(Change::Resume, &driving), Step::Nothing("not suspended"));
        let Step::Refuse(message) = step(Change::Suspend, &finished) else { panic!("it has finished") };
        assert_eq!(message, "The Delivery primeiro has finished; there is nothing to suspend or resume.");
        assert!(matches!(step(Change::Resume, &failed), Step::Refuse(message) if message.contains("has failed")));
    }
}
