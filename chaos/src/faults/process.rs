//! kill -9 of the processes of a container, if the node is this machine.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use tokio::process::Command;

/// Kills every process of a pod's containers; returns how many.
///
/// # Errors
/// When the pod is not running, or not on this machine.
pub(crate) async fn kill(pod: &Pod) -> Result<usize> {
    let containers = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    let ids: Vec<String> = containers
        .into_iter()
        .flatten()
        .filter(|container| container.state.as_ref().is_some_and(|state| state.running.is_some()))
        .filter_map(|container| Some(container.container_id.as_ref()?.split_once("://")?.1.to_owned()))
        .filter(|id| id.len() >= 32)
        .collect();
    ensure!(!ids.is_empty(), "it has no running container");
    let pids: Vec<String> = pids(&ids)?.into_iter().map(|pid| pid.to_string()).collect();
    ensure!(!pids.is_empty(), "its processes are not on this machine");
    let killed = Command::new("kill").arg("-KILL").args(&pids).stderr(Stdio::null()).status().await?;
    ensure!(killed.success(), "its processes ended before they could be killed");
    Ok(pids.len())
}

/// The processes in the control groups of these containers.
fn pids(containers: &[String]) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("/proc cannot be read")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // The process may have ended by now.
        let groups = fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
        if groups.lines().any(|line| containers.iter().any(|id| line.ends_with(id.as_str()))) {
            found.push(pid);
        }
    }
    Ok(found)
}
