//! Measures the product on the cluster of the current kubeconfig context, and prints one line per figure.
//!
//! [`memory`] and [`summary`] are tools of the measurements: [`apply`], [`age`], [`restart`], [`fleet`], [`operator`],
//! [`fanout`] and [`wire`], one per module. Each is bounded in count and time and deletes what it has created. None is
//! a test: a figure is printed next to its target, not judged. A module imports only modules that are declared before
//! it.
#![expect(clippy::indexing_slicing, reason = "a measurement ends with the first thing that is wrong")]

mod memory;
mod summary;
mod apply;
mod age;
mod restart;
mod fleet;
mod operator;
mod fanout;
mod wire;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measure the product on the cluster of the current kubeconfig context.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Subcommand)]
enum Measurement {
    /// From the creation of a Delivery to its first position at a WebSocket client.
    Apply {
        /// How many deliveries, one after the other.
        #[arg(long, default_value_t = 20)]
        count: u32,
    },
    /// The age of positions at a WebSocket client, from when each was due.
    Age {
        /// How many deliveries at once, each with its own pod.
        #[arg(long, default_value_t = 100)]
        deliveries: u32,
        /// For how many seconds, once all of them are moving.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Positions to WebSocket clients per second of CPU, our gateway beside its peers; `bench/peers/run.sh` calls it.
    Fanout(fanout::Setup),
    /// Many plans in one simulator process: its memory, and how many positions were late.
    Fleet {
        /// How many plans.
        #[arg(long, default_value_t = 10_000)]
        plans: u32,
        /// For how many seconds.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// Path of the simulator's executable.
        #[arg(long)]
        simulator: PathBuf,
    },
    /// From the start of a simulator's process, killed or its pod deleted, to its next position in the log.
    Restart {
        /// How many of each, one after the other.
        #[arg(long, default_value_t = 10)]
        count: u32,
    },
    /// The operator's memory with many deliveries under way, with their pods simulated by kwok.
    Operator {
        /// How many deliveries.
        #[arg(long, default_value_t = 1_000)]
        deliveries: u32,
        /// For how many seconds, once all are running.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Path of kwok's executable: `go install sigs.k8s.io/kwok/cmd/kwok@v0.7.0`.
        #[arg(long)]
        kwok: PathBuf,
        /// Path of the simulator's executable.
        #[arg(long)]
        simulator: PathBuf,
    },
    /// The resident memory of the running operator, gateway and simulators.
    Memory,
    /// Bytes per position on the wire, JSON and binary, in messages of 1, 10 and 100; needs no cluster.
    Wire {
        /// The seed of the random deliveries.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Args::parse().measurement {
        Measurement::Apply { count } => apply::measure(count).await,
        Measurement::Age { deliveries, seconds } => age::measure(deliveries, seconds).await,
        Measurement::Fanout(setup) => fanout::measure(setup).await,
        Measurement::Fleet { plans, seconds, simulator } => fleet::measure(plans, seconds, &simulator).await,
        Measurement::Operator { deliveries, seconds, kwok, simulator } => {
            operator::measure(deliveries, seconds, &kwok, &simulator).await
        }
        Measurement::Restart { count } => restart::measure(count).await,
        Measurement::Memory => memory::measure(),
        Measurement::Wire { seed } => wire::measure(seed),
    }
}
