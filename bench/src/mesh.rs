//! What a service mesh costs: the same load with and without one, and the memory and processor time of the product's processes and of the
//! proxies beside them.

use std::time::{Duration, Instant};

use anyhow::Result;
use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use serde_json::json;

use crate::processes::{Process, TICKS, named};
use crate::summary;

/// The proxies and their agents, the mesh's own, and of ours those whose number or connections grow with the load.
const PROGRAMS: [&str; 6] =
    ["envoy", "pilot-agent", "pilot-discovery", "collector", "code-delivery-gateway", "code-delivery-simulator"];

/// The processes of each program.
type Survey = Vec<Vec<Process>>;

/// What was measured.
struct Measured {
    /// Before the load, with the deliveries, and with the clients as well: at the beginning and at the end of the time.
    surveys: [Survey; 4],
    /// The age of each position at each client, milliseconds.
    ages: Vec<i64>,
}

pub(crate) async fn measure(deliveries: u32, clients: u32, seconds: u64) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let mut created = Vec::new();
    let measured = load(&cluster, &mut created, (deliveries, clients), Duration::from_secs(seconds)).await;
    for delivery in &created {
        cluster.delete(delivery).await?;
    }
    let Measured { surveys: [before, driven, begun, ended], ages } = measured?;
    for (index, program) in PROGRAMS.iter().enumerate() {
        let at = |survey: &Survey| survey.get(index).cloned().unwrap_or_default();
        let shown = |survey: &Survey| format!("{} processes, {} MiB", at(survey).len(), resident(&at(survey)) / 1024);
        println!(
            "{program}: {}; with {deliveries} deliveries {}; with {clients} WebSockets {}, and {:.1} % of a core",
            shown(&before),
            shown(&driven),
            shown(&ended),
            100.0 * spent(&at(&begun), &at(&ended)) / Duration::from_secs(seconds).as_secs_f64()
        );
    }
    let load = format!("age at {deliveries} deliveries and {clients} WebSockets");
    summary::print(&load, ages, "compare MESH=0 and MESH=1");
    Ok(())
}

/// Puts the load on, and measures at each step. What it creates is for the caller to delete.
async fn load(
    cluster: &Cluster,
    created: &mut Vec<Delivery>,
    (deliveries, clients): (u32, u32),
    time: Duration,
) -> Result<Measured> {
    let before = survey()?;
    for _ in 0..deliveries {
        // Slow and long, as for the ages.
        let spec = json!({"routeRef": {"name": "terceiro"}, "speedKmh": 6, "courier": "bench"});
        created.push(cluster.deliver("mesh", spec).await?);
    }
    for delivery in created.iter() {
        cluster.until_phase(delivery, "Running").await?;
    }
    let driven = survey()?;
    let mut sockets = Vec::new();
    for _ in 0..clients {
        sockets.push(Socket::open().await?.0);
    }
    let begun = survey()?;
    let until = Instant::now() + time;
    let watchers: Vec<_> = sockets.into_iter().map(|socket| tokio::spawn(watch(socket, until))).collect();
    tokio::time::sleep(time).await;
    let ended = survey()?;
    let mut ages = Vec::new();
    for watcher in watchers {
        ages.extend(watcher.await??);
    }
    Ok(Measured { surveys: [before, driven, begun, ended], ages })
}

/// Reads all that comes until then; the ages of the positions.
async fn watch(mut socket: Socket, until: Instant) -> Result<Vec<i64>> {
    let begun = jiff::Timestamp::now().as_millisecond();
    let mut ages = Vec::new();
    while Instant::now() < until {
        let (event, data) = socket.next().await?;
        let now = jiff::Timestamp::now().as_millisecond();
        // What has waited for the last client to be connected says nothing of the gateway.
        if let Some(due) = data["at"].as_i64().filter(|due| event == "new-position" && *due >= begun) {
            ages.push(now - due);
        }
    }
    Ok(ages)
}

fn survey() -> Result<Survey> {
    PROGRAMS.iter().map(|program| named(program)).collect()
}

/// The resident memory of all of them, KiB.
fn resident(processes: &[Process]) -> u64 {
    processes.iter().map(|one| one.resident).sum()
}

/// The processor time of those that were there at both times, seconds.
fn spent(before: &[Process], after: &[Process]) -> f64 {
    let of_one = |one: &Process| Some(one.ticks - before.iter().find(|first| first.pid == one.pid)?.ticks);
    after.iter().filter_map(of_one).sum::<f64>() / TICKS
}

#[cfg(test)]
#[path = "tests/mesh.rs"]
mod tests;
