//! The loop between the clock, Kafka and the request to end.
//!
//! It writes what the fleet gives out and hands it Kafka's acknowledgements. When a producer fails, a new one is made and everything
//! resumes from the log. Decisions are left to [`crate::vehicles::fleet`], making it from the log to `preparation`.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use delivery_messages::Millis;
use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::delivery::plans::Delivery;
use crate::delivery::records::Message;
use crate::log::producer::{DEPENDENCY, SendOutcome, Writer};
use crate::service::environment::{Environment, Failure, REQUIREMENT, RunError};
use crate::service::journeys::{Approach, Journeys};
use crate::service::preparation::prepare;
use crate::vehicles::fleet::{Fleet, Sent};

/// How long a process that was asked to end waits for Kafka's last acknowledgements; well within a grace period of 15 s.
pub const FLUSH: Duration = Duration::from_secs(8);

/// The maximum sleep, so that a change of the system's clock is noticed.
const MAX_SLEEP: Millis = 1_000;
/// The same while nothing is due.
const IDLE_ROUND: Duration = Duration::from_secs(1);

/// The loop that `/livez` watches, from when the log has been read. Before, and while a failed producer is replaced, the process waits
/// for Kafka, which a restart does not bring back.
const LOOP: &str = "driving loop";

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
    let (mut pause, mut approach) = (FIRST_RETRY, None);
    loop {
        let before = metrics.positions_produced.get();
        let error = match run_producer(environment, deliveries, &mut approach, stop.as_mut()).await {
            Ok(ending) => return Ok(ending),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Producer(error)) => error,
        };
        if metrics.positions_produced.get() > before {
            pause = FIRST_RETRY;
        }
        if let Some(approach) = &mut approach {
            approach.tried_again(environment.clock.now());
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

/// One producer's life: from reading the log to the end of all deliveries, or until `stop`. `approach` is what earlier ones left that failed before
/// there was a fleet.
async fn run_producer(
    environment: &Environment,
    deliveries: &[Delivery],
    approach: &mut Option<Approach>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    let way = approach.get_or_insert_with(|| Approach::new(environment.clock.now()));
    let writer = Writer::open(&environment.kafka, &environment.health, deliveries.len())?;
    let mut fleet = tokio::select! {
        fleet = prepare(environment, &writer, deliveries, || way.tried_again(environment.clock.now())) => fleet?,
        () = &mut stop => return Ok(Ending::Interrupted),
    };
    environment.health.met(REQUIREMENT);
    let mut journeys = Journeys::begin(&fleet, way);
    *approach = None;
    let ending = drive(environment, &writer, &mut fleet, &mut journeys, stop).await;
    environment.health.ended(LOOP);
    match &ending {
        Ok(Ending::Finished) => {}
        Ok(Ending::Interrupted) => journeys.interrupted(),
        Err(Failure::Producer(error)) => journeys.failed(error),
        Err(Failure::Final(error)) => journeys.failed(error),
    }
    ending
}

/// Writes what is due until all is done, until `stop` and the flush after it, or until a write fails for good.
async fn drive(
    environment: &Environment,
    writer: &Writer,
    fleet: &mut Fleet,
    journeys: &mut Journeys,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Ending, Failure> {
    // When the flush ends, once the process has been asked to end.
    let mut deadline: Option<Instant> = None;
    // A record that the fleet gave out when the client's queue was full. It goes before all others.
    let mut backpressured: Option<(Sent, Message)> = None;
    loop {
        environment.health.came_round(LOOP, environment.loop_limit);
        let now = environment.clock.now();
        take_reports(environment, writer, fleet, journeys, now).map_err(Failure::Producer)?;
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
        let due =
            if backpressured.is_some() { Some(QUEUE_FULL_RETRY) } else { fleet.wake_at().map(|at| until(at, now)) };
        // Everything that can be done now is done. Whatever happens next, the loop starts again at the top, which takes reports and
        // writes what is due; so the order in which branches that are ready at once are chosen does not matter, and a random one lets
        // none starve. No branch loses anything when another is chosen: reports wait in the writer, due times in the fleet.
        tokio::select! {
            // Reports have arrived: the window has room again, vehicles have moved on, or a write has failed for good.
            () = writer.reported() => {}
            // The next position is due, or the queue may have room again. While only a report can help, the loop comes round all the
            // same, to show that it does not stand still.
            () = sleep(due.unwrap_or(IDLE_ROUND)) => {}
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

fn take_reports(
    environment: &Environment,
    writer: &Writer,
    fleet: &mut Fleet,
    journeys: &mut Journeys,
    now: Millis,
) -> Result<(), KafkaError> {
    let reports = writer.take_reports();
    if reports.is_empty() {
        return Ok(());
    }
    for report in reports {
        let (partition, offset) = report.outcome?;
        let (vehicle, position) = (report.sent.vehicle(), report.sent.position());
        let (due, traceparent) = (position.map(|position| position.at), fleet.traceparent(&report.sent));
        environment.metrics.acknowledged(due, report.took, now, traceparent);
        fleet.acknowledged(report.sent, partition, offset, now);
        journeys.acknowledged(fleet, vehicle, position.is_some());
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
