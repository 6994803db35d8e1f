//! Fan-out: how many positions reach WebSocket clients per second of a server's CPU, and how old they are then; our gateway beside
//! its peers, in interleaved rounds on one machine.
//!
//! All servers get the same positions from the same Kafka: the gateway and the vehicle tracker's stack read it themselves,
//! Centrifuge and NATS are fed by a bridge. A round in which any client misses, repeats or reorders a position is void. [`floor`] measures
//! what the kernel alone takes for such writes, [`overhead`] what our gateway's metrics cost, and [`scrape`] how long they take to be read.

mod frames;
mod positions;
mod session;
mod workload;
mod ages;
mod tally;
mod client;
mod bridge;
mod server;
mod round;
pub(crate) mod floor;
mod reconnect;
mod report;
pub(crate) mod overhead;
pub(crate) mod scrape;
pub(crate) mod grid;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;
use client::Size;
use round::Plan;
use server::{Contestant, Programs};
use workload::Pace;

/// What to compare, and how.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// The servers, in this order in each round.
    #[arg(long, value_delimiter = ',', default_value = "gateway,relay,centrifuge,nats")]
    servers: Vec<Contestant>,
    /// Rounds of each server.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// WebSocket clients.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Additional clients that never read.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
    /// Positions per second.
    #[arg(long, default_value_t = 400)]
    rate: u32,
    /// Deliveries that the positions belong to, in turn.
    #[arg(long, default_value_t = 200)]
    deliveries: usize,
    /// How many positions are due at the same moment.
    #[arg(long, default_value_t = 1)]
    together: usize,
    /// Seconds of warm-up.
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Seconds of measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Measure reconnects with a cursor instead: this many, one after the other.
    #[arg(long)]
    reconnects: Option<u32>,
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

pub(crate) async fn measure(setup: Setup) -> Result<()> {
    ensure!(
        setup.rate > 0 && setup.together > 0 && setup.deliveries > 0 && setup.clients > 0,
        "--rate, --together, --deliveries and --clients must be at least 1"
    );
    let plan = Plan {
        programs: Programs { gateway: setup.gateway, peers: setup.peers },
        kafka: setup.kafka,
        pace: Pace { deliveries: setup.deliveries, rate: setup.rate, together: setup.together },
        size: Size { clients: setup.clients, stalled: setup.stalled },
        warm_up: setup.warm_up,
        seconds: setup.seconds,
    };
    if let Some(count) = setup.reconnects {
        return reconnect::measure(&plan, count).await;
    }
    report::begin(&plan)?;
    let (mut outcomes, mut void) = (Vec::new(), 0);
    for number in 1..=setup.rounds {
        for contestant in &setup.servers {
            match round::run(&plan, *contestant).await {
                Ok(outcome) => {
                    report::line(number, &outcome);
                    outcomes.push(outcome);
                }
                Err(error) => {
                    println!("{number} {error:#}");
                    void += 1;
                }
            }
        }
    }
    report::end(&setup.servers, &outcomes)?;
    if void > 0 {
        bail!("{void} rounds are void");
    }
    Ok(())
}
