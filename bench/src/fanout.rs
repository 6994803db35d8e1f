//! Fan-out: how many positions reach WebSocket clients per second of a server's CPU, and how old they are then; our gateway beside
//! its peers, in interleaved rounds on one machine.
//!
//! All servers get the same positions from the same Kafka: the gateway and the original stack read it themselves, Centrifuge and
//! NATS are fed by a bridge. A round in which any client misses, doubles or reorders a position is void.

mod ages;
mod bridge;
mod client;
mod course;
mod frames;
mod positions;
mod reconnect;
mod report;
mod round;
mod server;
mod session;
mod tally;

use anyhow::{Result, bail, ensure};
use clap::Args;
use client::Size;
use course::Pace;
use round::Plan;
use server::{Contestant, Programs};
use std::path::PathBuf;

/// What is compared, and how.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// The servers, in the order of their turns.
    #[arg(long, value_delimiter = ',', default_value = "gateway,relay,centrifuge,nats")]
    servers: Vec<Contestant>,
    /// How often each has its turn.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// WebSocket clients.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Clients besides that never read.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
    /// Positions in a second.
    #[arg(long, default_value_t = 400)]
    rate: u32,
    /// Deliveries whose positions they are, in turns.
    #[arg(long, default_value_t = 200)]
    deliveries: usize,
    /// How many positions are due at the same moment.
    #[arg(long, default_value_t = 1)]
    together: usize,
    /// Seconds before the measured time.
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Seconds of the measured time.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Instead of all that: clients that lose their connection and come back with their cursor, one after the other, so many.
    #[arg(long)]
    reconnects: Option<u32>,
    /// Kafka's address.
    #[arg(long)]
    kafka: String,
    /// Our gateway's program.
    #[arg(long)]
    gateway: PathBuf,
    /// The folder of the built peers.
    #[arg(long)]
    peers: PathBuf,
}

pub(crate) async fn measure(setup: Setup) -> Result<()> {
    ensure!(setup.rate > 0 && setup.together > 0 && setup.deliveries > 0 && setup.clients > 0, "nothing to measure");
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
