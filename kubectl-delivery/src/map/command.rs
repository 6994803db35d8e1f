//! The command `map`: prints the map's address, opens it on request, and keeps the way to it open.

use std::process::{ExitCode, Stdio};

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use tokio::process::Command;

use super::forward;
use super::target::target;
use crate::base::output::write_stdout;
use crate::base::{Error, Problem};
use crate::cluster::connection::Connection;
use crate::cluster::gateway::{self, GatewayArguments};
use crate::cluster::installation;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Map {
    /// Also open it in the browser.
    #[arg(long)]
    open: bool,
    /// The port of this machine; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    gateway: GatewayArguments,
}

/// There is a gateway, and none of its pods can be used.
#[derive(Debug, thiserror::Error)]
#[error("No pod of the gateway in the namespace {0} is ready; see kubectl get pods --namespace {0}.")]
struct NotReady(String);

impl Problem for NotReady {
    fn reason(&self) -> &'static str {
        "GatewayUnavailable"
    }
}

pub(crate) async fn run(arguments: &Map, connection: &Connection) -> Result<ExitCode, Error> {
    if let Some(address) = &arguments.gateway.gateway {
        // Whether anything answers there, before anybody is sent there.
        arguments.gateway.at_address()?.get("/").await?;
        show(address, arguments.open)?;
        return Ok(ExitCode::SUCCESS);
    }
    let cluster = connection.cluster().await?;
    let namespace = installation::find(&cluster, arguments.installation_namespace.as_deref()).await?.namespace;
    let service = gateway::service(&cluster, &namespace).await?;
    // A port is forwarded for as long as the page is open.
    let pods: Api<Pod> = Api::namespaced(cluster.streaming.clone(), &namespace);
    let found = pods.list(&ListParams::default().labels(gateway::SELECTOR)).await;
    let found = found.map_err(Error::api("Cannot list the gateway's pods"))?.items;
    let target = target(&service, &found).ok_or(NotReady(namespace))?;
    let (listener, address) = forward::listen(arguments.port).await?;
    show(&format!("http://{address}"), arguments.open)?;
    eprintln!("Forwarding to the pod {}. Stop with ctrl-C.", target.pod);
    forward::serve(listener, pods, target).await
}

fn show(address: &str, open: bool) -> Result<(), Error> {
    write_stdout(&format!("{address}\n"))?;
    if open {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let opened = Command::new(program).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        if let Err(error) = opened {
            eprintln!("warning: Cannot open a browser with {program}: {error}. Open the address yourself.");
        }
    }
    Ok(())
}
