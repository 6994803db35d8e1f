//! The first state of each delivery that Kafka holds nothing of: it fixes the start.
//!
//! Pure. It must be in Kafka before anything moves, and is read back like any other: so two processes that start a delivery at once
//! agree on its start, whichever of their states comes first. Writing it is left to [`crate::service::run`].

use delivery_messages::{Millis, State};
use delivery_motion::{Departure, Schedule};

use crate::delivery::plans::Delivery;
use crate::delivery::records;
use crate::delivery::resume::{Recovered, ResumePoint};

/// At least this many first states are written and read back in a millisecond.
const PER_MILLISECOND: i64 = 5;

/// The first state of a delivery.
#[derive(Debug)]
pub struct FirstState<'a> {
    /// The delivery's index in the list of plans.
    pub index: usize,
    /// The delivery.
    pub delivery: &'a Delivery,
    /// What is written.
    pub state: State,
}

/// The first states of the deliveries that are new. They start now, or a little later if there are many, so that none is late, and
/// spread over their interval, so that they do not all move at once.
pub fn first_states<'a>(
    deliveries: &'a [Delivery],
    recovered: &'a [Recovered],
    now: Millis,
) -> impl Iterator<Item = FirstState<'a>> {
    let is_new = |recovered: &Recovered| recovered.point == ResumePoint::New;
    let count = recovered.iter().filter(|recovered| is_new(recovered)).count();
    let count = i64::try_from(count).unwrap_or(i64::MAX).max(1);
    let begin = now + count / PER_MILLISECOND;
    let new = deliveries.iter().zip(recovered).enumerate().filter(move |(_, (_, recovered))| is_new(recovered));
    (0_i64..).zip(new).map(move |(number, (index, (delivery, recovered)))| {
        let interval = delivery.drive.interval_milliseconds();
        let start = begin + i64::from(interval) * number / count;
        let schedule = Schedule::new(Departure::Start(start), interval, delivery.resumed_at);
        let state = records::state(delivery, start, None, &schedule, recovered.end);
        FirstState { index, delivery, state }
    })
}
