//! What one simulator process can do without pacing: vehicles stepped in a second, and positions written to a broker in a second.
//!
//! All positions of its plans are overdue from the start ([`overdue`]), so the process writes as fast as it can: into the mock broker of
//! Kafka's client library, which is started here, and into a real one, if there is one. Beside it stands `rdkafka_performance`, the
//! library's own benchmark, with the same settings and a payload of the same size ([`peer`]). [`steps`] needs no broker.

mod overdue;
mod steps;
mod log;
mod process;
mod peer;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use delivery_e2e::unique;
use delivery_simulator::delivery::plans;
use log::Log;
use overdue::Overdue;

/// What part of the peer's positions is the target.
const TARGET: f64 = 0.7;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// How many plans.
    #[arg(long, default_value_t = 1_000)]
    plans: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Vehicle updates a second of SUMO, to compare with: what it prints as UPS at its end. The default is that of version 1.28 with 5,000
    /// vehicles on a grid of 30 × 30 streets and no output.
    #[arg(long, default_value_t = 53_800)]
    sumo: u32,
    /// Path of the simulator's executable.
    #[arg(long)]
    simulator: PathBuf,
    /// Path of `rdkafka_performance`; without it nothing is compared.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// A real Kafka's address; without it only the mock broker is used.
    #[arg(long)]
    kafka: Option<String>,
}

/// Measures and prints a line for each figure.
///
/// # Errors
/// When a process ends early or a broker refuses.
pub(crate) async fn measure(setup: &Setup) -> Result<()> {
    ensure!(setup.plans > 0 && setup.seconds > 0, "--plans and --seconds must be at least 1");
    let directory = std::env::temp_dir().join(unique("bench"));
    fs::create_dir_all(&directory)?;
    let measured = all(setup, &directory).await;
    fs::remove_dir_all(&directory)?;
    measured
}

async fn all(setup: &Setup, directory: &Path) -> Result<()> {
    let overdue = Overdue::new(&unique("overdue"), setup.plans)?;
    let file = directory.join("plans.json");
    fs::write(&file, overdue.file.to_string())?;
    let deliveries = plans::load(&file).context("the plans cannot be driven")?;
    let payload = steps::sample(&deliveries)?;
    steps::measure(deliveries, overdue.start, setup.seconds, setup.sumo)?;

    let mock = Log::mock()?;
    written(setup, "the mock broker", &mock, &overdue, directory, &payload).await?;
    if let Some(address) = &setup.kafka {
        let real = Log::real(address).await?;
        let measured = written(setup, "Kafka", &real, &overdue, directory, &payload).await;
        real.end().await?;
        measured?;
    }
    Ok(())
}

async fn written(
    setup: &Setup,
    name: &str,
    log: &Log,
    overdue: &Overdue,
    directory: &Path,
    payload: &[u8],
) -> Result<()> {
    log.begin(overdue)?;
    let ours = process::measure(&setup.simulator, directory, &log.kafka, setup.seconds).await?;
    println!("positions a second of one process into {name}: {:.0}; {} KiB resident", ours.rate, ours.memory);
    if let Some(peer) = &setup.peer {
        let theirs = peer::measure(peer, log, payload, ours.rate, setup.seconds).await?;
        println!("  rdkafka_performance: {theirs:.0}; × {:.2} (target: at least {TARGET})", ours.rate / theirs);
    }
    Ok(())
}
