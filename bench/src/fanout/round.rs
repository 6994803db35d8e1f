//! One round of one server: start, connect the clients, warm up, measure, stop; every position is accounted for.

use std::fs;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_kafka::KafkaConfig;

use super::ages::Ages;
use super::client::{Crowd, Size};
use super::server::{Contestant, Programs, Server, Used};
use super::tally::{Promise, Seen, Tally};
use super::workload::{Pace, Workload};

/// How long the clients may take to receive what is published.
const ARRIVAL: Duration = Duration::from_mins(1);
/// The size of a memory page, the unit of the kernel's socket memory.
const PAGE_KIB: u64 = 4;
/// How long connections are left alone before their memory is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// The parameters of every round.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub programs: Programs,
    pub kafka: String,
    pub pace: Pace,
    pub size: Size,
    pub warm_up: u32,
    pub seconds: u32,
}

/// The result of a round.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub contestant: Contestant,
    /// Positions that reached a client in the measured time.
    pub deliveries: u64,
    /// Published positions times clients.
    pub due: u64,
    /// Positions that the server reported as conflated, summed over all clients.
    pub conflated: u64,
    /// CPU seconds of the server in that time, in its own code and in the kernel.
    pub cpu: (f64, f64),
    /// CPU seconds of the clients, the publisher and the bridge in that time.
    pub client_cpu: f64,
    pub ages: Ages,
    pub frames: u64,
    pub bytes: u64,
    /// Reads of the clients that returned something; about as many as the server's writes.
    pub reads: u64,
    /// Memory of the server per connection before the first position, KiB.
    pub idle: f64,
    /// Memory of the server before and after the measured time, KiB.
    pub memory: (u64, u64),
    /// Memory of all sockets of this machine before and after, KiB.
    pub sockets: (u64, u64),
}

impl Outcome {
    /// Deliveries per second of the server's CPU.
    pub(crate) fn per_cpu(&self) -> f64 {
        ratio(self.deliveries, 1) / (self.cpu.0 + self.cpu.1).max(f64::EPSILON)
    }
}

/// Runs one round.
///
/// # Errors
/// When anything is lost, duplicated or out of order, or cannot be run.
pub(crate) async fn run(plan: &Plan, contestant: Contestant) -> Result<Outcome> {
    let run = delivery_e2e::unique("fanout");
    let kafka = kafka(plan, &run);
    let directory = std::env::temp_dir().join(&run);
    let count = |seconds: u32| usize::try_from(seconds * plan.pace.rate);
    let stages = (count(plan.warm_up)?, count(plan.seconds)?);
    let mut workload = Workload::new(kafka.clone(), plan.pace, stages.0 + stages.1).await?;
    workload.names_channel = contestant.reads_channels();
    let workload = Arc::new(workload);
    let server = Server::start(contestant, &plan.programs, &kafka, &directory).await?;
    let measured = measure(plan, contestant, &server, &workload, stages).await;
    server.stop().await?;
    fs::remove_dir_all(&directory)?;
    workload.end().await?;
    measured.with_context(|| format!("the round of {} is void", contestant.name()))
}

/// The connection of a run, with topics and groups of its own.
pub(super) fn kafka(plan: &Plan, run: &str) -> KafkaConfig {
    KafkaConfig {
        bootstrap_servers: plan.kafka.clone(),
        topic_prefix: format!("{run}."),
        group_prefix: format!("{run}."),
        properties_directory: None,
    }
}

/// Connects the clients, publishes nothing, and returns the server's memory for each of them, KiB.
///
/// # Errors
/// When they cannot connect.
pub(crate) async fn idle(plan: &Plan, contestant: Contestant) -> Result<f64> {
    let run = delivery_e2e::unique("fanout");
    let kafka = kafka(plan, &run);
    let directory = std::env::temp_dir().join(&run);
    let workload = Workload::new(kafka.clone(), plan.pace, 0).await?;
    let server = Server::start(contestant, &plan.programs, &kafka, &directory).await?;
    let measured = settled(plan, contestant, &server, &workload).await;
    server.stop().await?;
    fs::remove_dir_all(&directory)?;
    workload.end().await?;
    measured.with_context(|| format!("the connections to {} could not be measured", contestant.name()))
}

async fn settled(plan: &Plan, contestant: Contestant, server: &Server, workload: &Workload) -> Result<f64> {
    let tally = Tally::new(Arc::clone(&workload.due), contestant.promise(), plan.pace.deliveries);
    let bare = server.used()?.memory;
    let crowd = Crowd::gather(server.address, contestant.protocol(), plan.size, tally).await?;
    tokio::time::sleep(SETTLE).await;
    crowd.seen.check()?;
    let connections = u64::try_from(plan.size.clients + plan.size.stalled)?;
    Ok(ratio(server.used()?.memory.saturating_sub(bare), connections))
}

async fn measure(
    plan: &Plan,
    contestant: Contestant,
    server: &Server,
    workload: &Arc<Workload>,
    (warm_up, stage): (usize, usize),
) -> Result<Outcome> {
    let tally = Tally::new(Arc::clone(&workload.due), contestant.promise(), plan.pace.deliveries);
    let connections = u64::try_from(plan.size.clients + plan.size.stalled)?;
    let bare = server.used()?.memory;
    let crowd = Crowd::gather(server.address, contestant.protocol(), plan.size, tally).await?;
    let idle = ratio(server.used()?.memory.saturating_sub(bare), connections);
    let seen = &crowd.seen;
    deliver(plan, contestant, seen, workload, 0..warm_up).await?;

    let (before, ours, sockets) = (server.used()?, Used::by(std::process::id())?, socket_memory()?);
    let (came, frames, bytes) = (seen.positions.load(Relaxed), seen.frames.load(Relaxed), seen.bytes.load(Relaxed));
    let reads = seen.reads.load(Relaxed);
    seen.aged_from.store(warm_up, Relaxed);
    deliver(plan, contestant, seen, workload, warm_up..warm_up + stage).await?;
    let (after, client) = (server.used()?, Used::by(std::process::id())?);
    Ok(Outcome {
        contestant,
        deliveries: seen.positions.load(Relaxed) - came,
        due: u64::try_from(stage * plan.size.clients)?,
        conflated: seen.conflated.load(Relaxed),
        cpu: (after.user - before.user, after.system - before.system),
        client_cpu: client.user - ours.user + client.system - ours.system,
        ages: seen.ages(),
        frames: seen.frames.load(Relaxed) - frames,
        bytes: seen.bytes.load(Relaxed) - bytes,
        reads: seen.reads.load(Relaxed) - reads,
        idle,
        memory: (before.memory, after.memory),
        sockets: (sockets, socket_memory()?),
    })
}

/// Publishes positions and waits until every client has all of them, or, where the newest are promised, the last of each delivery.
async fn deliver(
    plan: &Plan,
    contestant: Contestant,
    seen: &Seen,
    workload: &Arc<Workload>,
    numbers: Range<usize>,
) -> Result<()> {
    let (clients, deliveries, end) = (plan.size.clients, plan.pace.deliveries, numbers.end);
    ensure!(numbers.len() >= deliveries, "{} positions are too few for {deliveries} deliveries", numbers.len());
    seen.lasts.store(0, Relaxed);
    seen.last_from.store(end - deliveries, Relaxed);
    let publisher = Arc::clone(workload);
    tokio::task::spawn_blocking(move || publisher.publish(numbers)).await??;
    let began = Instant::now();
    loop {
        seen.check()?;
        let (has, wanted) = match contestant.promise() {
            Promise::Every => (seen.positions.load(Relaxed), u64::try_from(end * clients)?),
            Promise::Newest => (seen.lasts.load(Relaxed), u64::try_from(deliveries * clients)?),
        };
        ensure!(has <= wanted, "{has} positions arrived instead of {wanted}");
        if has == wanted {
            return Ok(());
        }
        ensure!(began.elapsed() < ARRIVAL, "only {has} of {wanted} positions arrived within {ARRIVAL:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The kernel's memory for all TCP sockets, KiB.
fn socket_memory() -> Result<u64> {
    let stat = fs::read_to_string("/proc/net/sockstat")?;
    let pages = stat.lines().find(|line| line.starts_with("TCP:")).and_then(|line| line.rsplit(' ').next());
    Ok(pages.context("sockstat has no line for TCP")?.parse::<u64>()? * PAGE_KIB)
}

/// The quotient of two counts.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement are far below 2^52")]
pub(crate) fn ratio(count: u64, of: u64) -> f64 {
    count as f64 / of.max(1) as f64
}
