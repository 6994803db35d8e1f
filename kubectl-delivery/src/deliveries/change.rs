//! The commands `cancel`, `suspend` and `resume`.

use std::process::ExitCode;

use delivery_api::Delivery;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use serde_json::json;

use crate::base::output::write_stdout;
use crate::base::{Error, Problem};
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::objects::{self, End};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Names {
    /// Names of Deliveries.
    #[arg(required = true, value_name = "DELIVERY")]
    pub(crate) names: Vec<String>,
}

/// What to do with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Cancel,
    Suspend,
    Resume,
}

/// What to do with one delivery, and the word to print afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Delete(&'static str),
    SetSuspend(bool, &'static str),
    Nothing(&'static str),
    Refuse(HasEnded),
}

/// A delivery that can no longer be suspended or resumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The Delivery {name} {}; it can no longer be suspended or resumed.",
    if *end == End::Finished { "has finished" } else { "has failed" }
)]
struct HasEnded {
    name: String,
    end: End,
}

impl Problem for HasEnded {
    fn reason(&self) -> &'static str {
        "HasEnded"
    }

    fn is_answer(&self) -> bool {
        true
    }
}

fn step(change: Change, delivery: &Delivery) -> Step {
    let end = objects::end(delivery);
    match (change, end) {
        (Change::Cancel, None) => Step::Delete("cancelled"),
        (Change::Cancel, Some(_)) => Step::Delete("deleted; it had ended already"),
        (_, Some(end)) => Step::Refuse(HasEnded { name: delivery.name_any(), end }),
        (Change::Suspend, None) if delivery.spec.suspend => Step::Nothing("suspended already"),
        (Change::Suspend, None) => Step::SetSuspend(true, "suspended"),
        (Change::Resume, None) if delivery.spec.suspend => Step::SetSuspend(false, "resumed"),
        (Change::Resume, None) => Step::Nothing("not suspended"),
    }
}

async fn apply(cluster: &Cluster, change: Change, name: &str) -> Result<&'static str, Error> {
    let delivery = objects::get(cluster, name).await?;
    let api = objects::deliveries(cluster);
    match step(change, &delivery) {
        Step::Nothing(word) => Ok(word),
        Step::Refuse(ended) => Err(ended.into()),
        Step::Delete(word) => {
            // Only this object, not a new one of the same name.
            let this = Preconditions { uid: delivery.uid(), resource_version: None };
            let parameters = DeleteParams { preconditions: Some(this), ..DeleteParams::background() };
            api.delete(name, &parameters).await.map_err(Error::api(format!("Cannot cancel the Delivery {name}")))?;
            Ok(word)
        }
        Step::SetSuspend(suspend, word) => {
            let patch = Patch::Merge(json!({"metadata": {"uid": delivery.uid()}, "spec": {"suspend": suspend}}));
            let patched = api.patch(name, &PatchParams::default(), &patch).await;
            patched.map_err(Error::api(format!("Cannot change the Delivery {name}")))?;
            Ok(word)
        }
    }
}

/// Changes each of them, also if another one cannot be changed. The exit code is that of the worst error.
pub(crate) async fn run(change: Change, names: &Names, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let mut code = 0;
    for name in &names.names {
        match apply(&cluster, change, name).await {
            Ok(word) => write_stdout(&format!("{} {word}\n", objects::reference(name)))?,
            Err(error) => {
                eprintln!("error: {error}");
                code = code.max(error.exit_code());
            }
        }
    }
    Ok(ExitCode::from(code))
}

#[cfg(test)]
#[path = "tests/change.rs"]
mod tests;
