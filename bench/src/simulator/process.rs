//! A simulator's process that writes as fast as it can, and how many positions Kafka has acknowledged to it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use delivery_e2e::gateway;
use delivery_kafka::KafkaConfig;
use serde_json::json;
use tokio::process::Command;

use crate::memory;

/// How many positions it writes before it is measured.
const WARM_UP: u64 = 20_000;
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What it has done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// Positions acknowledged in a second.
    pub(super) rate: f64,
    /// Its resident memory, KiB.
    pub(super) memory: u64,
}

/// Starts it with the plans in the directory, and measures for so many seconds.
///
/// # Errors
/// When it ends early, or writes nothing.
pub(super) async fn measure(simulator: &Path, directory: &Path, kafka: &KafkaConfig, seconds: u32) -> Result<Written> {
    let admin = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let config = directory.join("config.yaml");
    fs::write(&config, json!({"kafka": kafka, "adminAddress": admin.to_string()}).to_string())?;
    let mut process = Command::new(simulator)
        .args(["--config".as_ref(), config.as_os_str(), "--plans".as_ref(), directory.join("plans.json").as_os_str()])
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} could not be started", simulator.display()))?;
    let pid = process.id().context("the simulator exited at once")?;
    let measured = tokio::select! {
        ended = process.wait() => bail!("the simulator exited early: {}", ended?),
        rate = rate(admin, seconds) => Written { rate: rate?, memory: memory::of(pid)? },
    };
    process.kill().await?;
    Ok(measured)
}

async fn rate(admin: SocketAddr, seconds: u32) -> Result<f64> {
    let began = Instant::now();
    let mut before = 0;
    while before < WARM_UP {
        ensure!(began.elapsed() < PATIENCE, "the simulator has written only {before} positions within {PATIENCE:?}");
        tokio::time::sleep(LOOK_EVERY).await;
        // It listens only once it has started.
        before = written(admin).await.unwrap_or_default();
    }
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let positions = u32::try_from(written(admin).await? - before)?;
    Ok(f64::from(positions) / began.elapsed().as_secs_f64())
}

async fn written(admin: SocketAddr) -> Result<u64> {
    positions(&gateway::get_from(&admin.to_string(), "/metrics").await?)
}

/// The acknowledged positions in what the process exports.
fn positions(metrics: &str) -> Result<u64> {
    let value = metrics.lines().find_map(|line| line.strip_prefix("delivery_simulator_positions_produced_total "));
    Ok(value.context("the simulator exports no positions")?.trim().parse()?)
}

#[cfg(test)]
#[path = "tests/process.rs"]
mod tests;
