//! The loop between the clock, Kafka and the end of the process.
//!
//! It reads what the log holds, then writes what the fleet gives out and tells it what Kafka has acknowledged. When a
//! producer breaks, a new one is made and all goes on from the log. Decisions are left to [`crate::fleet`].

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig, ReadError};
use delivery_messages::{Millis, State};
use delivery_observability::Health;
use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::departure;
use crate::fleet::{Fleet, Sent, WINDOW};
use crate::history;
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

/// Why a producer's time ended before the deliveries did.
enum Failure {
    /// A write failed for good: another producer may do better.
    Broken(KafkaError),
    /// Nothing will.
    Final(RunError),
}

impl<E: Into<RunError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
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
        let before = around.metrics.positions_produced.get();
        let error = match turn(around, deliveries, stop.as_mut()).await {
            Ok(ending) => return Ok(ending),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Broken(error)) => error,
        };
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

/// One producer's time: from what the log holds to the end of all deliveries, or until `stop`.
async fn turn(
    around: &Surroundings,
    deliveries: &[Delivery],
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    let writer = Writer::open(&around.kafka, &around.health)?;
    let mut fleet = tokio::select! {
        fleet = prepare(around, &writer, deliveries) => fleet?,
        () = &mut stop => return Ok(Ending::Interrupted),
    };
    around.health.met(REQUIREMENT);
    drive(around, &writer, &mut fleet, stop).await
}

/// Makes a fleet as the log has it, once each delivery has at least its first state there.
async fn prepare(around: &Surroundings, writer: &Writer, deliveries: &[Delivery]) -> Result<Fleet, Failure> {
    loop {
        let found = history::read(&around.kafka, writer, deliveries, &around.metrics).await?;
        let count = |wanted: fn(&Standing) -> bool| found.iter().filter(|found| wanted(&found.standing)).count();
        let new = count(|standing| *standing == Standing::New);
        tracing::info!(
            plans = found.len(),
            new,
            started = count(|standing| matches!(standing, Standing::Started { .. })),
            ended = count(|standing| *standing == Standing::Ended),
            "The log has been read."
        );
        if new == 0 {
            let standings = deliveries.iter().cloned().zip(found.into_iter().map(|found| found.standing));
            return Ok(Fleet::new(standings, now(), WINDOW));
        }
        depart(around, writer, deliveries, departure::states(deliveries, &found, now())).await?;
    }
}

/// Writes first states, and waits until the log has them.
async fn depart(
    around: &Surroundings,
    writer: &Writer,
    deliveries: &[Delivery],
    states: impl Iterator<Item = (usize, State)>,
) -> Result<(), Failure> {
    let (mut states, mut on_the_way) = (states.peekable(), 0);
    loop {
        for report in writer.reports() {
            report.outcome.map_err(Failure::Broken)?;
            around.metrics.acknowledged(None, now());
            on_the_way -= 1;
        }
        while on_the_way < WINDOW
            && let Some((place, state)) = states.next()
        {
            let trace = deliveries[place].traceparent.as_deref();
            match writer.hand_over(Sent::first_state(place), &Message::State(state), trace)? {
                Handed::Over => on_the_way += 1,
                // There is room for so many; if not, the log is read again, and does not have it.
                Handed::NoRoom(_) => {}
                Handed::Broken(error) => return Err(Failure::Broken(error)),
            }
        }
        if on_the_way == 0 && states.peek().is_none() {
            return Ok(());
        }
        writer.reported().await;
    }
}

/// Writes what is due until all is done, `stop` and its time limit, or a write that failed for good.
async fn drive(
    around: &Surroundings,
    writer: &Writer,
    fleet: &mut Fleet,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    let mut deadline: Option<Instant> = None;
    let mut held: Option<(Sent, Message)> = None;
    loop {
        let now = now();
        take_reports(around, writer, fleet, now).map_err(Failure::Broken)?;
        if fleet.is_done() {
            return Ok(Ending::Finished);
        }
        if deadline.is_some() && fleet.is_quiet() {
            return Ok(Ending::Interrupted);
        }
        while let Some((sent, message)) = held.take().or_else(|| fleet.next(now)) {
            let trace = fleet.traceparent(&sent);
            match writer.hand_over(sent, &message, trace)? {
                Handed::Over => {}
                Handed::NoRoom(sent) => {
                    held = Some((sent, message));
                    break;
                }
                Handed::Broken(error) => return Err(Failure::Broken(error)),
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
                return Ok(Ending::Interrupted);
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
        around.metrics.acknowledged(report.sent.position().map(|position| position.at), now);
        fleet.written(report.sent, partition, offset, now);
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
