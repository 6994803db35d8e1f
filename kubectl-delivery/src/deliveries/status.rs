//! The command `status`: everything about one Delivery that Kubernetes knows, on one screen.

use std::process::ExitCode;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::detail::{self, Detail};
use crate::base::Error;
use crate::base::output::{Format, write_stdout};
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::objects;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Status {
    /// The name of a Delivery.
    #[arg(value_name = "DELIVERY")]
    name: String,
    /// The output format; json and yaml: the objects.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

pub(crate) async fn run(arguments: &Status, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let delivery = objects::get(&cluster, &arguments.name).await?;
    let name = delivery.status.as_ref().and_then(|status| status.pod_name.clone());
    let (uid, mut problems) = (delivery.uid().unwrap_or_default(), Vec::new());
    // What may not be read is said, and hides nothing else.
    let mut known = |problem: Error| problems.push(problem.to_string());
    let pod = match name {
        Some(name) => pod(&cluster, &name).await.unwrap_or_else(|problem| {
            known(problem);
            None
        }),
        None => None,
    };
    let events = events(&cluster, &uid).await.unwrap_or_else(|problem| {
        known(problem);
        Vec::new()
    });
    let detail = Detail { delivery, pod, events };
    write_stdout(&if arguments.output.is_document() {
        arguments.output.document(&detail)?
    } else {
        detail::screen(&detail, Timestamp::now())
    })?;
    for problem in problems {
        eprintln!("warning: {problem}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn pod(cluster: &Cluster, name: &str) -> Result<Option<Pod>, Error> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    pods.get_opt(name).await.map_err(Error::api(format!("Cannot read the pod {name}")))
}

/// The Events of this very Delivery, not of an earlier one of its name.
async fn events(cluster: &Cluster, uid: &str) -> Result<Vec<Event>, Error> {
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let of_this = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    Ok(events.list(&of_this).await.map_err(Error::api("Cannot list the Events"))?.items)
}
