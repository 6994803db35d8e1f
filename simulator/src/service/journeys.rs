//! The spans of the deliveries that a process drives: of each the way to its first position in Kafka, and the whole drive. None per position.
//!
//! Empty unless traces are recorded. A span is sent when it has ended: when the process is killed, the way to the first position is known
//! already, and the next process's `resume` follows.

use std::fmt::Display;

use delivery_messages::Millis;
use delivery_observability::traces::{self, NewSpan, Span};

use crate::vehicles::fleet::Fleet;
use crate::vehicles::vehicle::Vehicle;

/// The most retries that are remembered: the first.
const MAX_RETRIES: usize = 5;

/// The way to a fleet: since when a process, or the producer after one that failed, is on it, and when it had to try again. No span can say
/// so yet: whether a vehicle starts or resumes is in the log.
#[derive(Debug)]
pub(crate) struct Approach {
    since: Millis,
    retries: Vec<Millis>,
}

impl Approach {
    /// It begins now.
    pub(crate) const fn new(now: Millis) -> Self {
        Self { since: now, retries: Vec::new() }
    }

    /// Kafka did not answer, or refused; it is tried again.
    pub(crate) fn tried_again(&mut self, now: Millis) {
        if self.retries.len() < MAX_RETRIES {
            self.retries.push(now);
        }
    }
}

/// The spans of a fleet, by the index of the vehicle.
#[derive(Debug, Default)]
pub(crate) struct Journeys(Vec<Journey>);

/// The spans of one delivery; those that are not nothing have not ended.
#[derive(Debug)]
struct Journey {
    /// Until the first position of this process is in Kafka.
    beginning: Span,
    /// Until the last is, or the process ends.
    drive: Span,
}

impl Journeys {
    /// Of the deliveries that are under way, since the way to the fleet began.
    pub(crate) fn begin(fleet: &Fleet, approach: &Approach) -> Self {
        if !traces::is_on() {
            return Self::default();
        }
        Self(fleet.vehicles().iter().map(|vehicle| Journey::begin(vehicle, approach)).collect())
    }

    /// Kafka has a record of a vehicle, and the fleet knows it.
    pub(crate) fn acknowledged(&mut self, fleet: &Fleet, vehicle: usize, is_position: bool) {
        let Some(journey) = self.0.get_mut(vehicle) else { return };
        if is_position {
            journey.beginning = Span::default();
        }
        if fleet.vehicles().get(vehicle).is_some_and(Vehicle::is_done) {
            journey.beginning = Span::default();
            journey.drive = Span::default();
        }
    }

    /// The process was asked to end before the deliveries did.
    pub(crate) fn interrupted(mut self) {
        for journey in &mut self.0 {
            journey.beginning.event("interrupted");
            journey.drive.event("interrupted");
        }
    }

    /// The producer failed.
    pub(crate) fn failed(mut self, why: &impl Display) {
        for journey in &mut self.0 {
            journey.beginning.failed(why);
            journey.drive.failed(why);
        }
    }
}

impl Journey {
    fn begin(vehicle: &Vehicle, approach: &Approach) -> Self {
        let (Some(parent), seq) = (vehicle.traceparent(), vehicle.next_seq()) else {
            return Self { beginning: Span::default(), drive: Span::default() };
        };
        let begin = |name| {
            let new = NewSpan { name, parent: Some(parent), since: Some(approach.since), ..NewSpan::default() };
            let mut span = new.begin();
            span.text("delivery.id", vehicle.delivery_id());
            span.number("seq", i64::try_from(seq).unwrap_or(i64::MAX));
            span
        };
        let mut beginning = begin(if seq == 0 { "start" } else { "resume" });
        for at in &approach.retries {
            beginning.event_at("retry", *at);
        }
        Self { beginning, drive: begin("drive") }
    }
}

#[cfg(test)]
#[path = "tests/journeys.rs"]
mod tests;
