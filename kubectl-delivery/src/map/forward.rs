//! Carries the connections to a port of this machine to a pod, as `kubectl port-forward` does.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::target::Target;
use crate::base::{Error, Problem};

/// The pause after a connection that could not be taken.
const PAUSE: Duration = Duration::from_millis(200);

/// The port of this machine cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("Cannot listen on 127.0.0.1:{port}: {source}. Choose another port with --port; 0 takes a free one.")]
pub(crate) struct PortInUse {
    port: u16,
    source: std::io::Error,
}

impl Problem for PortInUse {
    fn reason(&self) -> &'static str {
        "PortInUse"
    }
}

/// Listens on a port of this machine, for programs of this machine only.
pub(crate) async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), PortInUse> {
    let failed = |source| PortInUse { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Carries each connection until the command is interrupted. One that fails says so, and ends no other.
pub(crate) async fn serve(listener: TcpListener, pods: Api<Pod>, target: Target) -> ! {
    loop {
        let connection = match listener.accept().await {
            Ok((connection, _)) => connection,
            Err(error) => {
                eprintln!("warning: Cannot take a connection: {error}.");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (pods, target) = (pods.clone(), target.clone());
        tokio::spawn(async move {
            if let Err(error) = carry(connection, &pods, &target).await {
                eprintln!("warning: {error}");
            }
        });
    }
}

async fn carry(mut connection: TcpStream, pods: &Api<Pod>, target: &Target) -> Result<(), Error> {
    let refused = Error::api(format!("Cannot reach the port {} of the pod {}", target.port, target.pod));
    let mut forwarder = pods.portforward(&target.pod, &[target.port]).await.map_err(refused)?;
    if let Some(mut stream) = forwarder.take_stream(target.port) {
        // A browser that closes a connection is no error.
        let _ = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
    }
    forwarder.abort();
    Ok(())
}

#[cfg(test)]
#[path = "tests/forward.rs"]
mod tests;
