//! `rdkafka_performance`, the benchmark of Kafka's client library: it writes one payload again and again, with nothing to compute and no keys.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use delivery_messages::{CONTENT_TYPE, CONTENT_TYPE_HEADER, SCHEMA_VERSION, SCHEMA_VERSION_HEADER};
use tokio::process::Command;
use tokio::time::timeout;

use super::log::Log;

/// The settings of a simulator's producer.
const SETTINGS: [&str; 3] = ["enable.idempotence=true", "compression.codec=lz4", "linger.ms=2"];
/// It is given at least so many messages, so that its start does not count.
const LEAST: u32 = 1_000_000;
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs it for about so many seconds, if it is as fast as `rate`; returns its messages a second.
///
/// # Errors
/// When it fails or does not end.
pub(super) async fn measure(program: &Path, log: &Log, payload: &[u8], rate: f64, seconds: u32) -> Result<f64> {
    let count = messages(rate, seconds);
    let payload = std::str::from_utf8(payload)?;
    let mut command = Command::new(program);
    command
        .args(["-P", "-t", &log.of_peer(), "-b", &log.kafka.bootstrap_servers, "-a", "-1", "-c", &count])
        .args(["-s", &payload.len().to_string(), "-m", payload])
        .args(["-H", &format!("{CONTENT_TYPE_HEADER}={CONTENT_TYPE}")])
        .args(["-H", &format!("{SCHEMA_VERSION_HEADER}={SCHEMA_VERSION}")])
        .args(SETTINGS.iter().flat_map(|setting| ["-X", *setting]))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.context("rdkafka_performance does not end")?;
    let output = output.with_context(|| format!("{} could not be started", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "rdkafka_performance failed: {}\n{text}", output.status);
    reached(&text)
}

/// How many messages it is given.
fn messages(rate: f64, seconds: u32) -> String {
    format!("{:.0}", (rate * f64::from(seconds)).max(f64::from(LEAST)))
}

/// The messages a second in its last summary.
fn reached(text: &str) -> Result<f64> {
    let last = text.lines().rfind(|line| line.contains(" messages produced "));
    let last = last.context("rdkafka_performance printed no summary")?;
    ensure!(last.contains(", 0 failed)"), "rdkafka_performance lost messages: {last}");
    let rate = last.split_once("ms: ").and_then(|(_, rest)| rest.split_once(" msgs/s"));
    let (rate, _) = rate.with_context(|| format!("no messages a second in {last:?}"))?;
    Ok(rate.parse()?)
}

#[cfg(test)]
#[path = "tests/peer.rs"]
mod tests;
