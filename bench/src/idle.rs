//! What the installation does while nothing is under way: the processor time of each process on this machine, and what is written to the
//! API server. This machine must be the node.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use delivery_api::{Delivery, DeliveryPhase};
use delivery_e2e::cluster::Cluster;
use kube::api::ListParams;
use tokio::time::sleep;

use crate::processes::{self, TICKS};

/// The verbs with which the API server's metrics count writes.
const WRITES: [&str; 5] = ["POST", "PUT", "PATCH", "APPLY", "DELETE"];

pub(crate) async fn measure(minutes: u64) -> Result<()> {
    let cluster = Cluster::connect().await?;
    ensure!(minutes > 0, "--minutes must be at least 1");
    let under_way = cluster.deliveries().list(&ListParams::default()).await?;
    let under_way = under_way.items.iter().filter(|delivery| !has_ended(delivery)).count();
    ensure!(under_way == 0, "{under_way} deliveries are under way; wait for their end, or delete them");
    let (ticks, writes, begun) = (ticks()?, writes(&cluster).await?, Instant::now());
    sleep(Duration::from_mins(minutes)).await;
    let (ticks_after, writes_after) = (self::ticks()?, self::writes(&cluster).await?);
    let seconds = begun.elapsed().as_secs_f64();

    println!("{minutes} minutes with nothing under way");
    println!("| process | % of a core |\n| --- | ---: |");
    for (process, used) in &ticks_after {
        // A process that is new has used nothing before.
        let used = used - ticks.get(process).copied().unwrap_or_default();
        let share = used / TICKS / seconds * 100.0;
        if share >= 0.05 {
            println!("| {} | {share:.1} |", process.1);
        }
    }
    println!("| written to the API server | a minute |\n| --- | ---: |");
    for (what, count) in &writes_after {
        let count = count - writes.get(what).copied().unwrap_or_default();
        if count > 0.0 {
            println!("| {what} | {:.1} |", count / seconds * 60.0);
        }
    }
    Ok(())
}

fn has_ended(delivery: &Delivery) -> bool {
    let phase = delivery.status.as_ref().and_then(|status| status.phase).unwrap_or_default();
    phase.is_final() || phase == DeliveryPhase::Suspended
}

/// The processor time of each process so far, ticks, by its number and name.
fn ticks() -> Result<BTreeMap<(u32, String), f64>> {
    let mut all = BTreeMap::new();
    for process in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(process.path().join("stat")) else { continue };
        let Ok(command) = fs::read(process.path().join("cmdline")) else { continue };
        let Some(used) = processes::ticks(&stat) else { continue };
        if let Some(name) = name(&String::from_utf8_lossy(&command)) {
            all.insert((pid, name), used);
        }
    }
    Ok(all)
}

/// The name of a process: its program, of a Java process its main class or module. Kernel threads have none.
fn name(command: &str) -> Option<String> {
    let mut words = command.split('\0').filter(|word| !word.is_empty());
    let program = words.next()?.rsplit('/').next()?.to_owned();
    if program != "java" {
        let role = words.next().filter(|word| word.starts_with("kube") || *word == "etcd");
        return Some(role.map_or_else(|| program.clone(), |role| format!("{program} {role}")));
    }
    let main = words.find(|word| word.contains('.') && !word.starts_with('-') && !word.contains('/'));
    Some(main.map_or(program, str::to_owned))
}

/// How many writes the API server has taken so far, by verb and resource.
async fn writes(cluster: &Cluster) -> Result<BTreeMap<String, f64>> {
    let request = http::Request::get("/metrics").body(Vec::new())?;
    Ok(count(&cluster.client.request_text(request).await?))
}

/// The writes in the text of the API server's metrics.
fn count(text: &str) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let (Some(verb), Some(resource)) = (label("verb"), label(",resource")) else { continue };
        let subresource = label("subresource").filter(|name| !name.is_empty()).map(|name| format!("/{name}"));
        let number = line.rsplit(' ').next().and_then(|number| number.parse::<f64>().ok());
        if let Some(number) = number.filter(|_| WRITES.contains(&verb)) {
            *all.entry(format!("{verb} {resource}{}", subresource.unwrap_or_default())).or_default() += number;
        }
    }
    all
}

#[cfg(test)]
#[path = "tests/idle.rs"]
mod tests;
