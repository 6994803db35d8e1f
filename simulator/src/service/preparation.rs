//! Makes the fleet from the log: recovers where each delivery resumes, once the log has at least the first state of each.
//!
//! What first states say is left to [`crate::delivery::departure`], driving the fleet to [`crate::service::run`].

use crate::delivery::departure::{self, FirstState};
use crate::delivery::plans::Delivery;
use crate::delivery::records::Message;
use crate::delivery::resume::ResumePoint;
use crate::delivery::skew;
use crate::log::producer::{SendOutcome, Writer};
use crate::log::recovery;
use crate::service::environment::{Environment, Failure};
use crate::vehicles::fleet::{Fleet, Sent, WINDOW};

/// Makes a fleet from the log, once the log has at least the first state of each delivery. Calls `retried` each time that the log could not be
/// read.
pub(crate) async fn prepare(
    environment: &Environment,
    writer: &Writer,
    deliveries: &[Delivery],
    mut retried: impl FnMut(),
) -> Result<Fleet, Failure> {
    let Environment { kafka, metrics, .. } = environment;
    loop {
        let recovered = recovery::recover(kafka, writer, deliveries, metrics, &mut retried).await?;
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
            if let Some(time) = skew::ahead(recovered.iter().map(|one| one.point), environment.clock.now()) {
                tracing::warn!(
                    "The log is ahead of this machine's clock, so another machine's was wrong, or this one is: check them. The \
                     deliveries go on from where the log is."
                );
                environment.clock.advance(time);
            }
            let now = environment.clock.now();
            let deliveries = deliveries.iter().map(|delivery| skew::resumed(delivery, now));
            let points = deliveries.zip(recovered.into_iter().map(|recovered| recovered.point));
            return Ok(Fleet::new(points, now, WINDOW));
        }
        depart(environment, writer, departure::first_states(deliveries, &recovered, environment.clock.now())).await?;
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
            environment.metrics.acknowledged(None, report.took, environment.clock.now(), None);
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
