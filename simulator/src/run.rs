//! The loop between the clock, Kafka and the end of the process.
//!
//! It reads what the log holds, then writes what the fleet gives out and tells it what Kafka has acknowledged. When a
//! producer breaks, a new one is made and all goes on from the log. Decisions are left to [`crate::fleet`].

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig, ReadError};
use delivery_messages::Millis;
use delivery_observability::Health;
use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fleet::{Fleet, Sent, WINDOW};
use crate::history::{self, Found};
use crate::metrics::Metrics;
use crate::plans::Delivery;
use crate::producer::{DEPENDENCY, Handed, Writer};
use crate::records::Message;
use crate::resume::Standing;

/// How long a stopping process waits for Kafka's last answers; well within a grace period of 15 s.
pub const FLUSH: Duration = Duration::from_secs(8);

/// The requirement that is met when the log has been read.
const REQUIREMENT: &str = "log";

/// No sleep is longer, so that a clock that is set is noticed.
const LONGEST_SLEEP: Millis = 1_000;

const NO_ROOM: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every delivery's last position and final state are in the log.
    Finished,
    /// The process was asked to end before.
    Interrupted,
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings of the connection cannot be used.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The log cannot be read, and waiting will not help.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A message cannot be written as JSON.
    #[error("A record cannot be written as JSON: {0}.")]
    Encode(#[from] serde_json::Error),
}

/// What a process needs to drive.
#[derive(Clone)]
pub struct Surroundings {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// What is counted.
    pub metrics: Metrics,
    /// What others see of the process's health.
    pub health: Health,
}

impl Surroundings {
    /// Brings the parts together. From here on the process is not ready until [`run`] has read the log.
    #[must_use]
    pub fn new(kafka: KafkaConfig, metrics: Metrics, health: Health) -> Self {
        health.require(REQUIREMENT, "What Kafka holds of the deliveries is being read.");
        Self { kafka, metrics, health }
    }
}

/// How one producer's time ended.
enum Driven {
    Done,
    Stopped,
    Broken(KafkaError),
}

/// Drives the deliveries to their ends, or until `stop`.
///
/// # Errors
/// What waiting does not mend; see [`RunError`].
pub async fn run(
    around: &Surroundings,
    deliveries: &[Delivery],
    stop: impl Future<Output = ()>,
) -> Result<Ending, RunError> {
    tokio::pin!(stop);
    around.metrics.plans.set(i64::try_from(deliveries.len()).unwrap_or(i64::MAX));
    let mut pause = PAUSE;
    loop {
        let (writer, mut fleet) = tokio::select! {
            prepared = prepare(around, deliveries) => prepared?,
            () = &mut stop => return Ok(Ending::Interrupted),
        };
        around.health.met(REQUIREMENT);
        let before = around.metrics.positions_produced.get();
        let error = match drive(around, &writer, &mut fleet, stop.as_mut()).await? {
            Driven::Done => return Ok(Ending::Finished),
            Driven::Stopped => return Ok(Ending::Interrupted),
            Driven::Broken(error) => error,
        };
        drop(writer);
        if around.metrics.positions_produced.get() > before {
            pause = PAUSE;
        }
        around
            .metrics
            .write_failed(&error.rdkafka_error_code().map_or_else(|| "Other".to_owned(), |code| format!("{code:?}")));
        around.health.dependency(DEPENDENCY, Some(error.to_string()));
        tracing::error!(%error, "A write failed; going on from the log in {} s.", pause.as_secs());
        tokio::select! {
            () = sleep(pause) => {}
            () = &mut stop => return Ok(Ending::Interrupted),
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Makes a producer, and a fleet as the log has it.
async fn prepare(around: &Surroundings, deliveries: &[Delivery]) -> Result<(Writer, Fleet), RunError> {
    let writer = Writer::open(&around.kafka, &around.health)?;
    let found = history::read(&around.kafka, &writer, deliveries, &around.metrics).await?;
    let standings: Vec<_> = deliveries
        .iter()
        .zip(found)
        .map(|(delivery, Found { standing, end })| (delivery.clone(), standing, end))
        .collect();
    let count = |wanted: fn(&Standing) -> bool| standings.iter().filter(|(_, standing, _)| wanted(standing)).count();
    tracing::info!(
        plans = standings.len(),
        new = count(|standing| *standing == Standing::New),
        started = count(|standing| matches!(standing, Standing::Started { .. })),
        ended = count(|standing| *standing == Standing::Ended),
        "The log has been read."
    );
    Ok((writer, Fleet::new(standings, now(), WINDOW)))
}

/// Writes what is due until all is done, `stop` and its time limit, or a write that failed for good.
async fn drive(
    around: &Surroundings,
    writer: &Writer,
    fleet: &mut Fleet,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Driven, RunError> {
    let mut deadline: Option<Instant> = None;
    let mut held: Option<(Sent, Message)> = None;
    loop {
        let now = now();
        if let Err(error) = take_reports(around, writer, fleet, now) {
            return Ok(Driven::Broken(error));
        }
        if fleet.is_done() {
            return Ok(Driven::Done);
        }
        if deadline.is_some() && fleet.is_quiet() {
            return Ok(Driven::Stopped);
        }
        while let Some((sent, message)) = held.take().or_else(|| fleet.next(now)) {
            match writer.hand_over(sent, &message)? {
                Handed::Over => {}
                Handed::NoRoom => {
                    held = Some((sent, message));
                    break;
                }
                Handed::Broken(error) => return Ok(Driven::Broken(error)),
            }
        }
        around.metrics.on_the_way.set(i64::try_from(fleet.on_the_way()).unwrap_or(i64::MAX));
        let wake = if held.is_some() { Some(NO_ROOM) } else { fleet.wake_at().map(|at| until(at, now)) };
        tokio::select! {
            () = writer.reported() => {}
            () = sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            () = &mut stop, if deadline.is_none() => {
                tracing::info!("Asked to end: waiting for Kafka's answers, then writing how far the deliveries are.");
                deadline = Some(Instant::now() + FLUSH);
                fleet.stop(now);
            }
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                let left = fleet.on_the_way();
                tracing::warn!(left, "Kafka did not answer in time; what it has not got will be computed again.");
                return Ok(Driven::Stopped);
            }
        }
    }
}

fn take_reports(around: &Surroundings, writer: &Writer, fleet: &mut Fleet, now: Millis) -> Result<(), KafkaError> {
    let reports = writer.reports();
    if reports.is_empty() {
        return Ok(());
    }
    for report in reports {
        let (partition, offset) = report.outcome?;
        fleet.written(report.sent, partition, offset, now);
        around.metrics.acknowledged(report.sent.position().map(|position| position.at), now);
    }
    around.health.dependency(DEPENDENCY, None);
    around.metrics.running.set(i64::try_from(fleet.running()).unwrap_or(i64::MAX));
    Ok(())
}

/// The time from now until a due time, at most [`LONGEST_SLEEP`].
fn until(at: Millis, now: Millis) -> Duration {
    let wait = at.saturating_sub(now).clamp(0, LONGEST_SLEEP);
    Duration::from_millis(wait.unsigned_abs())
}

/// Milliseconds since the Unix epoch.
fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
