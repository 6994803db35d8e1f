//! The whole comparison: every server at every point of load beside the plainest program, and the memory of connections to which nothing is
//! sent.
//!
//! Each measurement is appended to a file as soon as it is made, so one that fails costs only itself, and a run that was interrupted goes on
//! where it ended. [`point`] knows which measurements there are, [`limit`] what the plainest program does, [`results`] keeps the figures, and
//! [`table`] sums them up.

mod point;
mod limit;
mod results;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use point::{Cell, Point};
use results::Results;
use serde_json::{Value, json};

use super::client::Size;
use super::floor;
use super::report::load;
use super::round::{self, Outcome, Plan, ratio};
use super::server::{Contestant, Programs};
use super::workload::Pace;

/// How many deliveries there are while nothing is published.
const IDLE_DELIVERIES: usize = 10;

/// What to compare, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// The points of load: WebSocket clients and positions a second.
    #[arg(long, value_delimiter = ',', default_value = "50x1000,200x400,200x20,1000x20,1000x100,5000x2")]
    points: Vec<Point>,
    /// The servers, in this order at each point.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "gateway,gateway-batch,gateway-binary,gateway-latest,gateway-latest-batch,gateway-latest-binary,relay,\
                         centrifuge,centrifugo,nats"
    )]
    servers: Vec<Contestant>,
    /// How many connections to measure the memory of while nothing is published; 0: none.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    idle: Vec<usize>,
    /// Rounds of each server at each point.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// Seconds of warm-up.
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Seconds of measurement; longer where few positions come.
    #[arg(long, default_value_t = 6)]
    seconds: u32,
    /// After so many minutes no further measurement is begun; 0: what there is already is summed up.
    #[arg(long, default_value_t = 90)]
    minutes: u64,
    /// The file that each measurement is appended to, one a line. Those in it are not repeated. Beside it the table is written, as Markdown
    /// and as JSON.
    #[arg(long)]
    results: PathBuf,
    /// Kafka's address.
    #[arg(long)]
    kafka: String,
    /// Path of our gateway's executable.
    #[arg(long)]
    gateway: PathBuf,
    /// The directory of the built peers.
    #[arg(long)]
    peers: PathBuf,
}

/// Makes the measurements that the file does not have yet, then prints the table.
///
/// # Errors
/// When the file cannot be used, or when any measurement failed or is left, unless only a summary was asked for.
pub(crate) async fn measure(setup: &Setup) -> Result<()> {
    ensure!(
        setup.rounds > 0 && setup.warm_up > 0 && setup.seconds > 0,
        "--rounds, --warm-up and --seconds must be at least 1"
    );
    let mut results = Results::open(&setup.results)?;
    let cells = point::cells(&setup.points, &setup.servers, &setup.idle, setup.rounds);
    let left: Vec<Cell> = cells.iter().copied().filter(|cell| results.figures(&cell.key()).is_none()).collect();
    let takes: Duration = left.iter().map(|cell| cell.estimate(setup.warm_up, setup.seconds)).sum();
    println!(
        "{} measurements, of which {} has {}. The others take about {} minutes; none is begun after {}. Load average {}.",
        cells.len(),
        setup.results.display(),
        cells.len() - left.len(),
        takes.as_secs().div_ceil(60),
        setup.minutes,
        load()?
    );
    let began = Instant::now();
    let (mut failed, mut undone) = (0, 0);
    for (number, cell) in left.iter().enumerate() {
        if began.elapsed() >= Duration::from_mins(setup.minutes) {
            undone = left.len() - number;
            break;
        }
        let key = cell.key();
        let text = match run(setup, *cell, &results).await {
            Ok(figures) => {
                let text = table::line(&figures);
                results.add(&key, figures)?;
                text
            }
            Err(error) => {
                failed += 1;
                let problem = format!("{error:#}");
                results.add_failed(&key, &problem)?;
                problem
            }
        };
        println!("{}/{} {key}: {text}", number + 1, left.len());
    }
    conclude(&setup.results, &cells, &results)?;
    // With no minutes nothing else was asked for.
    if failed > 0 || (undone > 0 && setup.minutes > 0) {
        bail!(
            "{failed} measurements failed and {undone} were not begun; run the same command again to make them, the others are kept in {}",
            setup.results.display()
        );
    }
    Ok(())
}

/// Prints the table, and writes it beside the results.
fn conclude(results: &Path, cells: &[Cell], of: &Results) -> Result<()> {
    let (loads, idle) = table::sum_up(cells, |key| of.figures(key));
    let markdown = table::markdown(&loads, &idle);
    println!("\n{markdown}");
    for (extension, text) in [("md", markdown), ("json", format!("{:#}\n", table::json(&loads, &idle)))] {
        let path = results.with_extension(extension);
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

async fn run(setup: &Setup, cell: Cell, results: &Results) -> Result<Value> {
    match cell {
        Cell::Server { point, contestant, .. } => {
            Ok(figures(&round::run(&setup.plan(point), contestant).await?, &load()?))
        }
        Cell::Limit { point, round } => {
            let ours = Cell::Server { point, contestant: Contestant::Gateway, round };
            let setup = limit::writes(point, &setup.servers, results.figures(&ours.key()), setup.seconds)?;
            let cost = floor::cost(setup).await?;
            Ok(
                json!({"writes": cost.writes, "bytes": setup.bytes, "rate": setup.rate, "own": cost.cpu.0, "kernel": cost.cpu.1}),
            )
        }
        Cell::Idle { connections, contestant } => {
            let plan = setup.plan(Point { clients: connections, rate: 1 });
            let pace = Pace { deliveries: IDLE_DELIVERIES, ..plan.pace };
            Ok(json!({"idleKib": round::idle(&Plan { pace, ..plan }, contestant).await?}))
        }
    }
}

impl Setup {
    fn plan(&self, point: Point) -> Plan {
        Plan {
            programs: Programs { gateway: self.gateway.clone(), peers: self.peers.clone() },
            kafka: self.kafka.clone(),
            pace: Pace { deliveries: point.deliveries(), rate: point.rate, together: 1 },
            size: Size { clients: point.clients, stalled: 0 },
            warm_up: self.warm_up,
            seconds: point.seconds(self.seconds),
        }
    }
}

fn figures(outcome: &Outcome, load: &str) -> Value {
    json!({
        "deliveries": outcome.deliveries, "due": outcome.due, "conflated": outcome.conflated,
        "own": outcome.cpu.0, "kernel": outcome.cpu.1, "clients": outcome.client_cpu,
        "p50": outcome.ages.quantile(500), "p99": outcome.ages.quantile(990), "p999": outcome.ages.quantile(999),
        "frames": outcome.frames, "bytes": outcome.bytes, "reads": outcome.reads,
        "idleKib": outcome.idle, "memoryMib": ratio(outcome.memory.1, 1024), "load": load,
    })
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
