//! Signals to the processes of a container, if the node is this machine: kill -9, stop and go on.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use tokio::process::Command;

/// How long all threads of the processes may take to stop.
const STOPPING: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

/// Kills every process of a pod's containers; returns how many.
///
/// # Errors
/// When the pod is not running, or not on this machine.
pub(crate) async fn kill(pod: &Pod) -> Result<usize> {
    let pids = of(pod)?;
    ensure!(signal("-KILL", &pids).await?, "its processes ended before they could be killed");
    Ok(pids.len())
}

/// Stops processes (SIGSTOP), and waits until they are.
///
/// # Errors
/// When they do not stop.
pub(crate) async fn stop(pids: &[u32]) -> Result<()> {
    ensure!(signal("-STOP", pids).await?, "its processes ended before they could be stopped");
    let all_stopped = async {
        while !are_stopped(pids) {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(STOPPING, all_stopped).await.with_context(|| {
        format!("not all of its processes {pids:?} are stopped {STOPPING:?} after SIGSTOP, according to /proc/PID/stat")
    })
}

/// Lets processes go on (SIGCONT). One that has ended meanwhile, or was never stopped, is no error.
pub(crate) async fn go_on(pids: &[u32]) -> Result<()> {
    signal("-CONT", pids).await.map(drop)
}

/// Whether all of these processes exist and are stopped.
pub(crate) fn are_stopped(pids: &[u32]) -> bool {
    pids.iter().all(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state(&stat) == Some('T')
    })
}

/// The state in the text of /proc/PID/stat. The command's name before it is in brackets and may contain anything.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The processes of a pod's running containers; at least one.
///
/// # Errors
/// When the pod is not running, or not on this machine.
pub(crate) fn of(pod: &Pod) -> Result<Vec<u32>> {
    let containers = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    let ids: Vec<String> = containers
        .into_iter()
        .flatten()
        .filter(|container| container.state.as_ref().is_some_and(|state| state.running.is_some()))
        .filter_map(|container| Some(container.container_id.as_ref()?.split_once("://")?.1.to_owned()))
        .filter(|id| id.len() >= 32)
        .collect();
    ensure!(!ids.is_empty(), "it has no running container");
    let pids = pids(&ids)?;
    ensure!(!pids.is_empty(), "its processes are not on this machine");
    Ok(pids)
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

/// Sends a signal; false if one of the processes does not exist any more.
async fn signal(signal: &str, pids: &[u32]) -> Result<bool> {
    let pids = pids.iter().map(ToString::to_string);
    Ok(Command::new("kill").arg(signal).args(pids).stderr(Stdio::null()).status().await?.success())
}

#[cfg(test)]
#[path = "tests/process.rs"]
mod tests;
