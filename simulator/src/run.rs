//! The loop between the clock, Kafka and the request to end.
//!
//! It recovers where each delivery resumes, then writes what the fleet gives out and hands it Kafka's acknowledgements. When a producer
//! fails, a new one is made and everything resumes from the log. Decisions are left to [`crate::fleet`].

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig, ReadError};
use delivery_messages::Millis;
use delivery_observability::Health;
use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::departure::{self, FirstState};
use crate::fleet::{Fleet, Sent, WINDOW};
use crate::metrics::Metrics;
use crate::plans::Delivery;
use crate::producer::{DEPENDENCY, SendOutcome, Writer};
use crate::records::Message;
use crate::recovery;
use crate::resume::ResumePoint;

/// How long a process that was asked to end waits for Kafka's last acknowledgements; well within a grace period of 15 s.
pub const FLUSH: Duration = Duration::from_secs(8);

/// The requirement for readiness that is met once the log has been read.
const REQUIREMENT: &str = "log";

/// The maximum sleep, so that a change of the system's clock is noticed.
const MAX_SLEEP: Millis = 1_000;

/// How soon to try again when the client's queue is full, if no report comes before.
const QUEUE_FULL_RETRY: Duration = Duration::from_millis(20);
/// After the first failure of a producer; doubled with each that wrote nothing.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_secs(30);

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
    #[error("Cannot write a record as JSON: {0}.")]
    Encode(#[from] serde_json::Error),
}

/// What a run needs besides the deliveries.
#[derive(Clone)]
pub struct Environment {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// The process's metrics.
    pub metrics: Metrics,
    /// The process's readiness and dependencies.
    pub health: Health,
}

impl Environment {
    /// From here on the process is not ready until [`run`] has read the log.
    #[must_use]
    pub fn new(kafka: KafkaConfig, metrics: Metrics, health: Health) -> Self {
        health.require(REQUIREMENT, "Reading from Kafka where to resume each delivery.");
        Self { kafka, metrics, health }
    }
}

/// Why a producer ended before the deliveries did.
enum Failure {
    /// A write failed for good; another producer may do better.
    Producer(KafkaError),
    /// Nothing will help.
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
/// When waiting does not help; see [`RunError`].
pub async fn run(
    environment: &Environment,
    deliveries: &[Delivery],
    stop: impl Future<Output = ()>,
) -> Result<Ending, RunError> {
    let Environment { metrics, health, .. } = environment;
    tokio::pin!(stop);
    metrics.plans.set(i64::try_from(deliveries.len()).unwrap_or(i64::MAX));
    let mut pause = FIRST_RETRY;
    loop {
        let before = metrics.positions_produced.get();
        let error = match run_producer(environment, deliveries, stop.as_mut()).await {
            Ok(ending) => return Ok(ending),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Producer(error)) => error,
        };
        if metrics.positions_produced.get() > before {
            pause = FIRST_RETRY;
        }
        metrics
            .write_failed(&error.rdkafka_error_code().map_or_else(|| "Other".to_owned(), |code| format!("{code:?}")));
        health.dependency(DEPENDENCY, Some(error.to_string()));
        tracing::error!(%error, "Kafka write failed; resuming from the log in {} s.", pause.as_secs());
        tokio::select! {
            () = sleep(pause) => {}
            () = &mut stop => return Ok(Ending::Interrupted),
        }
        pause = MAX_RETRY.min(pause * 2);
    }
}

/// One producer's life: from reading the log to the end of all deliveries, or until `stop`.
async fn run_producer(
    environment: &Environment,
    deliveries: &[Delivery],
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    let writer = Writer::open(&environment.kafka, &environment.health)?;
    let mut fleet = tokio::select! {
        fleet = prepare(environment, &writer, deliveries) => fleet?,
        () = &mut stop => return Ok(Ending::Interrupted),
    };
    environment.health.met(REQUIREMENT);
    drive(environment, &writer, &mut fleet, stop).await
}

/// Makes a fleet from the log, once the log has at least the first state of each delivery.
async fn prepare(environment: &Environment, writer: &Writer, deliveries: &[Delivery]) -> Result<Fleet, Failure> {
    loop {
        let recovered = recovery::recover(&environment.kafka, writer, deliveries, &environment.metrics).await?;
        let count = |wanted: fn(&ResumePoint) -> bool| recovered.iter().filter(|one| wanted(&one.point)).count();
        let new = count(|point| *point == ResumePoint::New);
        tracing::info!(
            plans = recovered.len(),
            new,
            started = count(|point| matches!(point, ResumePoint::Started { .. })),
            ended = count(|point| *point == ResumePoint::Ended),
            "The log has been read."
        );
        if new == 0 {
            let points = deliveries.iter().cloned().zip(recovered.into_iter().map(|recovered| recovered.point));
            return Ok(Fleet::new(points, now(), WINDOW));
        }
        depart(environment, writer, departure::first_states(deliveries, &recovered, now())).await?;
    }
}

/// Writes first states, and waits until the log has them.
async fn depart(
    environment: &Environment,
    writer: &Writer,
    states: impl Iterator<Item = FirstState<'_>>,
) -> Result<(), Failure> {
    let (mut states, mut in_flight) = (states.peekable(), 0);
    loop {
        for report in writer.take_reports() {
            report.outcome.map_err(Failure::Producer)?;
            environment.metrics.acknowledged(None, now());
            in_flight -= 1;
        }
        while in_flight < WINDOW
            && let Some(FirstState { index, delivery, state }) = states.next()
        {
            let trace = delivery.traceparent.as_deref();
            match writer.send(Sent::first_state(index), &Message::State(state), trace)? {
                SendOutcome::Enqueued => in_flight += 1,
                // The client's queue has room for twice the window, so this does not happen. If it did, the state would be written
                // after all: the log is read again next, and a delivery without a state there gets its first one again.
                SendOutcome::QueueFull(_) => {}
                SendOutcome::Failed(error) => return Err(Failure::Producer(error)),
            }
        }
        if in_flight == 0 && states.peek().is_none() {
            return Ok(());
        }
        writer.reported().await;
    }
}

/// Writes what is due until all is done, until `stop` and the flush after it, or until a write fails for good.
async fn drive(
    environment: &Environment,
    writer: &Writer,
    fleet: &mut Fleet,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    // When the flush ends, once the process has been asked to end.
    let mut deadline: Option<Instant> = None;
    // A record that the fleet gave out when the client's queue was full. It goes before all others.
    let mut backpressured: Option<(Sent, Message)> = None;
    loop {
        let now = now();
        take_reports(environment, writer, fleet, now).map_err(Failure::Producer)?;
        if fleet.is_done() {
            return Ok(Ending::Finished);
        }
        if deadline.is_some() && fleet.is_quiet() {
            return Ok(Ending::Interrupted);
        }
        while let Some((sent, message)) = backpressured.take().or_else(|| fleet.next(now)) {
            let trace = fleet.traceparent(&sent);
            match writer.send(sent, &message, trace)? {
                SendOutcome::Enqueued => {}
                SendOutcome::QueueFull(sent) => {
                    backpressured = Some((sent, message));
                    break;
                }
                SendOutcome::Failed(error) => return Err(Failure::Producer(error)),
            }
        }
        environment.metrics.in_flight.set(i64::try_from(fleet.in_flight()).unwrap_or(i64::MAX));
        let wake =
            if backpressured.is_some() { Some(QUEUE_FULL_RETRY) } else { fleet.wake_at().map(|at| until(at, now)) };
        // Everything that can be done now is done. Whatever happens next, the loop starts again at the top, which takes reports and
        // writes what is due; so the order in which branches that are ready at once are chosen does not matter, and a random one lets
        // none starve. No branch loses anything when another is chosen: reports wait in the writer, due times in the fleet.
        tokio::select! {
            // Reports have arrived: the window has room again, vehicles have moved on, or a write has failed for good.
            () = writer.reported() => {}
            // The next position is due, or the queue may have room again. Off while only a report can help.
            () = sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            // The process was asked to end: no further positions, but each vehicle's state, within the time of the flush. Once only.
            () = &mut stop, if deadline.is_none() => {
                tracing::info!("Shutting down: waiting for Kafka's acknowledgements, then writing the deliveries' states.");
                deadline = Some(Instant::now() + FLUSH);
                fleet.stop(now);
            }
            // The flush took too long. What Kafka does not have will be computed again by the next process.
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                let left = fleet.in_flight();
                tracing::warn!(left, "Kafka did not acknowledge every record in time; the next process computes the rest again.");
                return Ok(Ending::Interrupted);
            }
        }
    }
}

fn take_reports(environment: &Environment, writer: &Writer, fleet: &mut Fleet, now: Millis) -> Result<(), KafkaError> {
    let reports = writer.take_reports();
    if reports.is_empty() {
        return Ok(());
    }
    for report in reports {
        let (partition, offset) = report.outcome?;
        environment.metrics.acknowledged(report.sent.position().map(|position| position.at), now);
        fleet.acknowledged(report.sent, partition, offset, now);
    }
    environment.health.dependency(DEPENDENCY, None);
    environment.metrics.running.set(i64::try_from(fleet.running()).unwrap_or(i64::MAX));
    Ok(())
}

/// The time from now until a due time, at most [`MAX_SLEEP`].
fn until(at: Millis, now: Millis) -> Duration {
    let wait = at.saturating_sub(now).clamp(0, MAX_SLEEP);
    Duration::from_millis(wait.unsigned_abs())
}

/// Milliseconds since the Unix epoch.
fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
