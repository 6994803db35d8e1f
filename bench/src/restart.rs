//! From the start of a simulator's process, after it was killed or its pod was deleted, to the next position in the log; and the
//! gap in the log.
//!
//! The times are the process's start according to the kernel (`/proc/PID/stat`) and the record's according to the broker: this machine
//! must be the node.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::Log;
use delivery_kafka::read::partitions;
use delivery_kafka::{Event, Reader, Start};
use delivery_messages::{Millis, Topic};
use kube::ResourceExt;
use kube::api::DeleteParams;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, Timestamp};
use serde_json::json;
use tokio::time::sleep;

use crate::summary;

/// The simulator's plans, as its container sees them.
const PLANS: &str = "root/etc/code-delivery/plans.json";
const LIMIT: Duration = Duration::from_mins(2);
/// Clock ticks of `/proc`, per second: fixed in the kernel's interface.
const TICKS: i64 = 100;

/// When the broker received the positions of the observed delivery.
type Appended = Arc<Mutex<(String, Vec<Millis>)>>;

#[derive(Clone, Copy)]
enum Fault {
    /// The process is killed; its container restarts.
    Kill,
    /// Its pod is deleted without a grace period; the operator creates another.
    Delete,
}

pub(crate) async fn measure(count: u32) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let appended = Appended::default();
    let follow = follow(Arc::clone(&appended)).await?;
    let measured = async {
        for (name, fault) in [("killed", Fault::Kill), ("pod deleted", Fault::Delete)] {
            let (mut starts, mut pauses) = (Vec::new(), Vec::new());
            for number in 1..=count {
                // Each with a new delivery, since the kubelet delays a second restart of the same pod.
                let spec = json!({"routeRef": {"name": "terceiro"}, "speedKmh": 6, "intervalMilliseconds": 100});
                let delivery = cluster.deliver("restart", spec).await?;
                let sample = sample(&cluster, &delivery, &appended, fault).await;
                cluster.delete(&delivery).await?;
                let (start, pause) = sample?;
                println!("{name} {number}/{count}: {start} ms from its start, a pause of {pause} ms");
                starts.push(start);
                pauses.push(pause);
            }
            summary::print(&format!("{name}: process start to next position"), starts, "target: under 1000 ms");
            summary::print(&format!("{name}: longest pause in the log"), pauses, "most of it the kubelet's");
        }
        Ok(())
    };
    tokio::select! {
        measured = measured => measured,
        followed = follow => followed,
    }
}

/// The time from the new process's start to the first position after it, and the longest pause between positions.
async fn sample(cluster: &Cluster, delivery: &Delivery, appended: &Appended, fault: Fault) -> Result<(Millis, Millis)> {
    let id = delivery.uid().context("it has no uid")?;
    *appended.lock().unwrap_or_else(PoisonError::into_inner) = (id.clone(), Vec::new());
    let times = || appended.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
    // Past its first state after five seconds, so that there is something to resume from.
    until("the delivery's first positions", || Ok((times().len() > 70).then_some(()))).await?;
    let old = until("the process", || Ok(processes(&id)?.pop())).await?;
    match fault {
        Fault::Kill => {
            let pid = old.to_string();
            let killed = tokio::process::Command::new("kill").args(["-9", &pid]).status().await?;
            ensure!(killed.success(), "the process {pid} cannot be killed; run this as root on the node");
        }
        Fault::Delete => {
            for pod in cluster.pods_of(delivery).await? {
                cluster.pods().delete(&pod.name_any(), &DeleteParams::default().grace_period(0)).await?;
            }
        }
    }
    let struck = jiff::Timestamp::now().as_millisecond();
    let new = until("the new process", || Ok(processes(&id)?.into_iter().find(|pid| *pid != old))).await?;
    let started = started(new)?;
    let next = || times().into_iter().find(|time| *time >= started);
    let next = until("the next position", || Ok(next())).await?;
    let around: Vec<_> = times().into_iter().filter(|time| *time > struck - 1_000 && *time <= next).collect();
    let pause = around.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
    Ok((next - started, pause))
}

/// Polls for something.
async fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        ensure!(began.elapsed() < LIMIT, "timed out after {LIMIT:?} waiting for {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// The process ids of the simulators that run a delivery.
fn processes(delivery: &str) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for process in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        // The kernel truncates names to 15 bytes.
        if name.starts_with("code-delivery-s")
            && fs::read_to_string(process.path().join(PLANS)).is_ok_and(|plans| plans.contains(delivery))
        {
            found.push(pid);
        }
    }
    Ok(found)
}

/// When a process was started, in milliseconds since the Unix epoch, to 10 ms.
fn started(pid: u32) -> Result<Millis> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may contain spaces; field 22 is the 20th after it.
    let (_, fields) = stat.rsplit_once(')').context("the process has no name")?;
    let ticks: i64 = fields.split_whitespace().nth(19).context("it has no start")?.parse()?;
    let uptime = fs::read_to_string("/proc/uptime")?;
    let uptime: f64 = uptime.split_whitespace().next().context("the machine has no uptime")?.parse()?;
    let now = jiff::Timestamp::now().as_millisecond();
    #[expect(clippy::cast_possible_truncation, reason = "an uptime in milliseconds")]
    let uptime = (uptime * 1000.0) as i64;
    Ok(now - uptime + ticks * 1000 / TICKS)
}

/// Records when the broker received each position of the observed delivery, forever.
async fn follow(appended: Appended) -> Result<impl Future<Output = Result<()>>> {
    let config = Log::default().config;
    let topic = config.topic(Topic::NewPosition);
    let start = |partition| Start { topic: topic.clone(), partition, offset: Offset::End };
    let starts: Vec<_> = (0..partitions::wait(&config, "bench", &topic).await?).map(start).collect();
    let reader = Reader::open(&config, "bench", &starts)?;
    let note = move |record: &BorrowedMessage<'_>| {
        let mut appended = appended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Timestamp::LogAppendTime(time) = record.timestamp()
            && record.key() == Some(appended.0.as_bytes())
        {
            appended.1.push(time);
        }
    };
    Ok(async move {
        loop {
            if let Event::Record(record) = reader.next().await? {
                note(&record);
            }
        }
    })
}
