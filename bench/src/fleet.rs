//! Many plans in one simulator process, on temporary topics.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use delivery_e2e::topics::OwnTopics;
use delivery_e2e::{gateway, unique};
use delivery_kafka::KafkaConfig;
use delivery_messages::{Plan, Route};
use serde_json::json;
use tokio::process::Command;

use crate::memory;

const ADMIN: &str = "127.0.0.1:19090";
/// Plans and routes as in the log.
const PLANS: &str = include_str!("../../messages/golden/1/delivery.plan.json");
const ROUTES: &str = include_str!("../../messages/golden/1/route.catalogue.json");

pub(crate) async fn measure(count: u32, seconds: u64, simulator: &Path) -> Result<()> {
    let run = unique("bench");
    let topics = OwnTopics::create("bench").await?;
    let directory = std::env::temp_dir().join(&run);
    let measured = match plans(&run, count) {
        Ok(plans) => drive(&directory, &topics.log.config, &plans, seconds, simulator).await,
        Err(error) => Err(error),
    };
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    topics.remove().await?;
    measured
}

async fn drive(
    directory: &Path,
    kafka: &KafkaConfig,
    plans: &serde_json::Value,
    seconds: u64,
    simulator: &Path,
) -> Result<()> {
    fs::create_dir_all(directory)?;
    let (config, file) = (directory.join("config.yaml"), directory.join("plans.json"));
    fs::write(&config, json!({"kafka": kafka, "adminAddress": ADMIN}).to_string())?;
    fs::write(&file, plans.to_string())?;
    let mut process = Command::new(simulator)
        .args(["--config".as_ref(), config.as_os_str(), "--plans".as_ref(), file.as_os_str()])
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} could not be started", simulator.display()))?;
    let pid = process.id().context("the simulator exited at once")?;
    tokio::select! {
        ended = process.wait() => bail!("the simulator exited early: {}", ended?),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
    }
    let metrics = gateway::get_from(ADMIN, "/metrics").await?;
    println!(
        "{} plans for {seconds} s: {} KiB resident",
        plans["plans"].as_array().map_or(0, Vec::len),
        memory::of(pid)?
    );
    for line in metrics.lines().filter(|line| line.starts_with("delivery_simulator_position")) {
        println!("  {line}");
    }
    let load = fs::read_to_string("/proc/loadavg")?;
    println!("  load of the machine over a minute: {}", load.split_whitespace().next().unwrap_or_default());
    process.kill().await?;
    Ok(())
}

fn plans(run: &str, count: u32) -> Result<serde_json::Value> {
    let (mut samples, mut routes): (Vec<Plan>, Vec<Route>) =
        (serde_json::from_str(PLANS)?, serde_json::from_str(ROUTES)?);
    let (sample, route) = (samples.swap_remove(0), routes.swap_remove(0));
    let path = (0..500).map(|step| [-47.93 + f64::from(step) * 1e-5, -15.82]).collect();
    let route = Route { path, ..route };
    let plan = |number: u32| Plan { delivery_id: format!("{run}-{number}"), route: route.key(), ..sample.clone() };
    let entries: Vec<_> = (0..count)
        .map(
            |number| if number == 0 { json!({"plan": plan(0), "route": route}) } else { json!({"plan": plan(number)}) },
        )
        .collect();
    Ok(json!({"plans": entries}))
}
