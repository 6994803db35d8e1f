//! What its metrics cost our gateway: rounds of it beside the same gateway built without what it counts of every position and every write, in
//! turn, so that what else the machine does affects both. Neither records traces: then nothing is done for them per position, and one variable is
//! looked at per delivery.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::client::Size;
use super::report;
use super::round::{self, Outcome, Plan};
use super::server::{Contestant, Programs};
use super::workload::Pace;

/// Which programs to compare, and how.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Pairs of rounds.
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// WebSocket clients.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Positions per second.
    #[arg(long, default_value_t = 400)]
    rate: u32,
    /// Deliveries that the positions belong to, in turn.
    #[arg(long, default_value_t = 200)]
    deliveries: usize,
    /// Seconds of warm-up.
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Seconds of measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Kafka's address.
    #[arg(long)]
    kafka: String,
    /// Path of our gateway's executable.
    #[arg(long)]
    gateway: PathBuf,
    /// Path of the executable that was built with its feature `unmeasured`.
    #[arg(long)]
    without: PathBuf,
}

impl Setup {
    fn plan(&self, gateway: &Path) -> Plan {
        Plan {
            programs: Programs { gateway: gateway.to_owned(), peers: PathBuf::new() },
            kafka: self.kafka.clone(),
            pace: Pace { deliveries: self.deliveries, rate: self.rate, together: 1 },
            size: Size { clients: self.clients, stalled: 0 },
            warm_up: self.warm_up,
            seconds: self.seconds,
        }
    }
}

pub(crate) async fn measure(setup: &Setup) -> Result<()> {
    ensure!(
        setup.rounds > 0 && setup.rate > 0 && setup.deliveries > 0 && setup.clients > 0,
        "--rounds, --rate, --deliveries and --clients must be at least 1"
    );
    let (with, without) = (setup.plan(&setup.gateway), setup.plan(&setup.without));
    report::begin(&with)?;
    let (mut pairs, mut void) = (Vec::new(), 0);
    for number in 1..=setup.rounds {
        match pair(&with, &without).await {
            Ok(pair) => {
                for (name, outcome) in [("with", &pair.0), ("without", &pair.1)] {
                    print!("{name:<8}");
                    report::line(number, outcome);
                }
                pairs.push(pair);
            }
            Err(error) => {
                println!("{number} {error:#}");
                void += 1;
            }
        }
    }
    println!("\nload average {}\n", report::load()?);
    let costs = pairs.iter().map(|(with, without)| cost(with.per_cpu(), without.per_cpu())).collect();
    let memory = pairs.iter().map(|(with, without)| with.idle - without.idle).collect();
    println!("metrics cost {} % of the deliveries per CPU-second (target: less than 3)", report::spread(costs, 1));
    println!("and {} KiB of each idle connection (target: nothing that can be measured)", report::spread(memory, 2));
    if void > 0 {
        bail!("{void} pairs of rounds are void");
    }
    Ok(())
}

async fn pair(with: &Plan, without: &Plan) -> Result<(Outcome, Outcome)> {
    Ok((round::run(with, Contestant::Gateway).await?, round::run(without, Contestant::Gateway).await?))
}

/// By how many percent `with` is less than `without`.
fn cost(with: f64, without: f64) -> f64 {
    100.0 * (1.0 - with / without)
}

#[cfg(test)]
#[path = "tests/overhead.rs"]
mod tests;
