//! Measures the product on the cluster of the current kubeconfig context, and prints one line per figure.
//!
//! [`processes`], [`memory`] and [`summary`] are tools of the measurements: [`apply`], [`age`], [`mesh`], [`restart`], [`fleet`],
//! [`operator`], [`idle`], [`fanout`], [`wire`], [`ended`], [`purchases`] and [`simulator`], one per module. Each is bounded in count and time and
//! deletes what it has created, but for purchases. None is a test: a figure is printed next to its target, not judged; only the grid
//! of [`fanout`] says which targets are met. A module imports only modules that are declared before it.
#![expect(clippy::indexing_slicing, reason = "a measurement ends with the first thing that is wrong")]

mod processes;
mod memory;
mod summary;
mod apply;
mod age;
mod mesh;
mod restart;
mod fleet;
mod operator;
mod idle;
mod fanout;
mod wire;
mod ended;
mod purchases;
mod simulator;

use std::net::SocketAddr;
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
    /// What a mesh costs: the memory and processor time of the proxies and the product, and the age of positions, to be run with and without one.
    Mesh {
        /// How many deliveries at once, each with its own pod.
        #[arg(long, default_value_t = 20)]
        deliveries: u32,
        /// How many WebSocket clients, each of which gets every position.
        #[arg(long, default_value_t = 200)]
        clients: u32,
        /// For how many seconds.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Positions to WebSocket clients per second of CPU, our gateway beside its peers; `bench/peers/run.sh` calls it.
    Fanout(fanout::Setup),
    /// The same at many points of load, resumable, with all peers and a table at the end; `bench/peers/run.sh grid` calls it.
    Grid(fanout::grid::Setup),
    /// What its metrics cost our gateway, beside one that is built without; `bench/peers/run.sh overhead` calls it.
    Overhead(fanout::overhead::Setup),
    /// How long a scrape of our gateway takes with many clients; `bench/peers/run.sh scrape` calls it.
    Scrape(fanout::scrape::Setup),
    /// The least that the writes to WebSocket clients can cost: the same bytes to as many sockets, and nothing else; needs no cluster.
    Floor(fanout::floor::Setup),
    /// The readers of `floor`, in a process of their own.
    #[command(hide = true)]
    FloorReaders {
        /// The address to read from.
        from: SocketAddr,
        /// How often to connect to it.
        clients: usize,
    },
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
    /// One simulator process without pacing: vehicles stepped and positions written in a second; `bench/peers/run.sh simulator` calls it.
    Simulator(simulator::Setup),
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
    /// The processor time of each process and the writes to the API server while nothing is under way.
    Idle {
        /// For how many minutes.
        #[arg(long, default_value_t = 5)]
        minutes: u64,
    },
    /// The resident memory of the running operator, gateway, simulators and purchase services, and of the demo's Prometheus.
    Memory,
    /// Bytes per position on the wire, JSON and binary, in messages of 1, 10 and 100; needs no cluster.
    Wire {
        /// The seed of the random deliveries.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Purchases: from approval to e-mail, taken a second beside plain inserts, invoices catching up, and the services' memory and processor
    /// time. The purchases stay.
    Purchases(purchases::Setup),
    /// What the gateway keeps of deliveries that have ended, and how long it takes to read them at a start; needs no cluster.
    Ended {
        /// How many have ended.
        #[arg(long, default_value_t = 100_000)]
        deliveries: u32,
        /// How many of a hundred were cancelled on their way; the others finished.
        #[arg(long, default_value_t = 30)]
        cancelled: u32,
        /// How many of a hundred have a path of their own, of about a hundred points.
        #[arg(long, default_value_t = 10)]
        own_paths: u32,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Args::parse().measurement {
        Measurement::Apply { count } => apply::measure(count).await,
        Measurement::Age { deliveries, seconds } => age::measure(deliveries, seconds).await,
        Measurement::Mesh { deliveries, clients, seconds } => mesh::measure(deliveries, clients, seconds).await,
        Measurement::Fanout(setup) => fanout::measure(setup).await,
        Measurement::Overhead(setup) => fanout::overhead::measure(&setup).await,
        Measurement::Scrape(setup) => fanout::scrape::measure(setup).await,
        Measurement::Grid(setup) => fanout::grid::measure(&setup).await,
        Measurement::Floor(setup) => fanout::floor::measure(setup).await,
        Measurement::FloorReaders { from, clients } => fanout::floor::read(from, clients).await,
        Measurement::Fleet { plans, seconds, simulator } => fleet::measure(plans, seconds, &simulator).await,
        Measurement::Simulator(setup) => simulator::measure(&setup).await,
        Measurement::Operator { deliveries, seconds, kwok, simulator } => {
            operator::measure(deliveries, seconds, &kwok, &simulator).await
        }
        Measurement::Restart { count } => restart::measure(count).await,
        Measurement::Idle { minutes } => idle::measure(minutes).await,
        Measurement::Memory => memory::measure(),
        Measurement::Wire { seed } => wire::measure(seed),
        Measurement::Purchases(setup) => purchases::measure(&setup).await,
        Measurement::Ended { deliveries, cancelled, own_paths } => ended::measure(deliveries, cancelled, own_paths),
    }
}
