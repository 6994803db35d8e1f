//! The purchase services: how many purchases are taken beside plain inserts, how long the way to the e-mail takes, how fast invoices catch
//! up, and how much processor time and memory the services need meanwhile.
//!
//! [`wait`] waits and follows ids, [`shop`] orders and asks, [`usage`] watches the processes; [`way`], [`taking`] and [`catching_up`] are
//! the measurements, in the order in which they are made. Purchases are not deleted, since a shop does not delete any. Nothing is read
//! from lists, which would slow down what is measured.

mod wait;
mod shop;
mod usage;
mod way;
mod taking;
mod catching_up;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::entrance;
use serde_json::Value;
use shop::Shop;
use usage::Usage;
use wait::until;

const INVOICES: &str = "code-delivery-invoices";
const NOTIFICATIONS: &str = "code-delivery-notifications";
/// The end of the name of the consumer group that makes news of purchases.
const NEWS: &str = "code-delivery-notifications-projector";
/// How long that group may take to read what was bought without it.
const NEWS_LIMIT: Duration = Duration::from_mins(10);

/// How much is measured.
#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// How many purchases are made while there is no service of invoices, which then catches up.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    count: u32,
    /// How many clients order at once then.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=200))]
    clients: u16,
    /// How many purchases a second are made while the way to the e-mail is timed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
}

/// Measures all of it, and leaves as many services of each kind as there were.
///
/// # Errors
/// When one of the services is not installed, or something takes too long.
pub(crate) async fn measure(setup: &Setup) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let before =
        [(INVOICES, replicas(&cluster, INVOICES).await?), (NOTIFICATIONS, replicas(&cluster, NOTIFICATIONS).await?)];
    let usage = Usage::default();
    let watching = tokio::spawn(usage.clone().watch());
    let measured = Box::pin(run(&cluster, setup, before, &usage)).await;
    // Whatever came of it.
    for (name, replicas) in before {
        Box::pin(cluster.scale(name, replicas)).await?;
    }
    watching.abort();
    usage.print_memory();
    measured
}

async fn run(
    cluster: &Cluster,
    setup: &Setup,
    [invoices, notifications]: [(&str, i32); 2],
    usage: &Usage,
) -> Result<()> {
    let began = usage.times();
    way::measure(&Shop::find(cluster).await?, setup.rate, setup.seconds).await?;
    usage.print_times(&format!("{} purchases, {} a second", setup.rate * setup.seconds, setup.rate), &began);

    Box::pin(cluster.scale(INVOICES, 0)).await?;
    Box::pin(cluster.scale(NOTIFICATIONS, 0)).await?;
    let shop = Shop::find(cluster).await?;
    let began = usage.times();
    let taken = taking::measure(cluster, &shop, setup.count, setup.clients).await?;
    usage.print_times(&format!("taking {} purchases, and as many plain inserts", setup.count), &began);
    let began = usage.times();
    Box::pin(catching_up::measure(cluster, &shop, taken, invoices)).await?;
    usage.print_times(&format!("{} invoices and their e-mails", setup.count), &began);

    let (name, replicas) = notifications;
    let (began, times) = (Instant::now(), usage.times());
    Box::pin(cluster.scale(name, replicas)).await?;
    let read = until("the news of what was bought meanwhile", NEWS_LIMIT, async || {
        let found = entrance::until("/api/purchases/groups", |found| found["groups"].is_array()).await?;
        Ok(has_read_all(&found, NEWS))
    });
    // There is no target for them.
    match read.await {
        Ok(()) => println!(
            "notifications catching up: all {} purchases were read, and news was made of them, after {:.1} s  (no target)",
            setup.count,
            began.elapsed().as_secs_f64()
        ),
        Err(error) => println!("notifications catching up: {error:#}"),
    }
    usage.print_times("making news of them", &times);
    Ok(())
}

/// Whether a consumer group has members, and has read all purchases that there are.
fn has_read_all(found: &Value, group: &str) -> bool {
    let groups = found["groups"].as_array().map(Vec::as_slice).unwrap_or_default();
    groups.iter().any(|found| {
        let is_it = found["group"].as_str().is_some_and(|name| name.ends_with(group));
        is_it && found["lag"] == 0 && found["members"].as_u64() > Some(0)
    })
}

/// How many services of a kind there are to be.
async fn replicas(cluster: &Cluster, name: &str) -> Result<i32> {
    let found = cluster.operator().get_opt(name).await?;
    let found = found
        .with_context(|| format!("there is no Deployment {name}; switch purchases, invoices and notifications on"))?;
    let replicas = found.spec.and_then(|spec| spec.replicas).unwrap_or(1);
    ensure!(replicas > 0, "the Deployment {name} has no replicas; scale it up first");
    Ok(replicas)
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
