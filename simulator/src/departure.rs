//! The first state of each delivery that the log has nothing of: it fixes the start.
//!
//! Pure. It must be in the log before anything moves, and is read back like any past: so two processes that start a
//! delivery at once agree on its start, whichever of their states comes first. Writing it is left to [`crate::run`].

use delivery_messages::{Millis, State};
use delivery_motion::{Departure, Schedule};

use crate::plans::Delivery;
use crate::records;
use crate::resume::{Found, Standing};

/// So many first states are written and read back in a millisecond, at the least.
const PER_MILLISECOND: i64 = 5;

/// The first states of those that are new, with their places in the list. They start now, but those of a long list a
/// little later, so that none is late, and spread over their interval, so that they do not all move at once.
pub fn states(deliveries: &[Delivery], found: &[Found], now: Millis) -> impl Iterator<Item = (usize, State)> {
    let is_new = |found: &Found| found.standing == Standing::New;
    let count = i64::try_from(found.iter().filter(|found| is_new(found)).count()).unwrap_or(i64::MAX).max(1);
    let begin = now + count / PER_MILLISECOND;
    let new = deliveries.iter().zip(found).enumerate().filter(move |(_, (_, found))| is_new(found));
    (0_i64..).zip(new).map(move |(number, (place, (delivery, found)))| {
        let interval = delivery.drive.interval_milliseconds();
        let start = begin + i64::from(interval) * number / count;
        let schedule = Schedule::new(Departure::Start(start), interval, delivery.resumed_at);
        (place, records::state(delivery, start, None, &schedule, found.end))
    })
}
