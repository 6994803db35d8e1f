//! All vehicles of the process: one heap of due times, and what is written next.
//!
//! Pure: the clock's time goes in, records come out, and what Kafka has acknowledged comes back. The number of records in flight is
//! bounded; what is due beyond that remains a due time, and is computed when its turn comes. A vehicle that is behind queues up again
//! behind all that are due, one position at a time, so catching up starves no other. Sending and waiting are left to [`crate::service::run`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use delivery_messages::Millis;
use delivery_motion::Fixed;

use crate::delivery::plans::Delivery;
use crate::delivery::records::Message;
use crate::delivery::resume::ResumePoint;
use crate::vehicles::vehicle::{STATE_INTERVAL, Vehicle};

/// The maximum number of records in flight, over all vehicles: at a broker that answers after ten milliseconds, 400,000 a second. Each takes
/// about a kilobyte until it is acknowledged, and a vehicle has at most [`crate::vehicles::vehicle::MAX_IN_FLIGHT`] positions among them.
pub const WINDOW: usize = 4_096;

/// A record in flight, to be handed back with Kafka's acknowledgement. It cannot be cloned, so no record is acknowledged twice.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent {
    /// The index of its vehicle in the fleet.
    vehicle: usize,
    /// The seq and the due time of a position; `None` for a state.
    position: Option<Fixed>,
}

impl Sent {
    /// The first state of a delivery, by its index in the list of plans; it is in flight before there is a fleet.
    #[must_use]
    pub fn first_state(index: usize) -> Self {
        Self { vehicle: index, position: None }
    }

    /// The index of its vehicle in the fleet.
    #[must_use]
    pub fn vehicle(&self) -> usize {
        self.vehicle
    }

    /// The seq and the due time of a position; `None` for a state.
    #[must_use]
    pub fn position(&self) -> Option<Fixed> {
        self.position
    }
}

/// When a vehicle's turn is: by time, and among equal times first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: Millis,
    ticket: u64,
    vehicle: usize,
}

/// The vehicles that a process drives.
#[derive(Debug)]
pub struct Fleet {
    vehicles: Vec<Vehicle>,
    turns: BinaryHeap<Reverse<Turn>>,
    tickets: u64,
    /// The vehicles that have claimed a state, in the order in which they did.
    states: VecDeque<usize>,
    in_flight: usize,
    window: usize,
    done: usize,
    stopping: bool,
}

impl Fleet {
    /// Resumes deliveries, each of which has at least its first state in Kafka, with at most `window` records in flight. Their states
    /// are spread over [`STATE_INTERVAL`], so that those of a long list do not come in bursts.
    #[must_use]
    pub fn new(deliveries: impl IntoIterator<Item = (Delivery, ResumePoint)>, now: Millis, window: usize) -> Self {
        let deliveries = deliveries.into_iter();
        let count = deliveries.size_hint().0;
        let mut fleet = Self {
            vehicles: Vec::with_capacity(count),
            turns: BinaryHeap::with_capacity(count),
            tickets: 0,
            states: VecDeque::new(),
            in_flight: 0,
            window: window.max(1),
            done: 0,
            stopping: false,
        };
        for (number, (delivery, point)) in (0_i64..).zip(deliveries) {
            // In steps of about the golden section of the interval, so that neighbours in the list, which move shortly after one
            // another, do not write their states shortly after one another as well.
            let state_due = now + STATE_INTERVAL * (number * 619 % 1_000) / 1_000;
            fleet.vehicles.extend(Vehicle::new(delivery, point, state_due));
        }
        for index in 0..fleet.vehicles.len() {
            fleet.claim_state(index, now);
            fleet.queue_up(index, now);
        }
        fleet
    }

    /// The vehicles.
    #[must_use]
    pub fn vehicles(&self) -> &[Vehicle] {
        &self.vehicles
    }

    /// The trace that a record in flight belongs to.
    #[must_use]
    pub fn traceparent(&self, sent: &Sent) -> Option<&str> {
        self.vehicles.get(sent.vehicle)?.traceparent()
    }

    /// The next record to write, if one is due and the window has room for it.
    pub fn next(&mut self, now: Millis) -> Option<(Sent, Message)> {
        if self.in_flight >= self.window {
            return None;
        }
        let (sent, message) = self.next_state().or_else(|| self.next_position(now))?;
        self.in_flight += 1;
        Some((sent, message))
    }

    fn next_state(&mut self) -> Option<(Sent, Message)> {
        let vehicle = self.states.pop_front()?;
        let state = self.vehicles.get_mut(vehicle)?.state();
        Some((Sent { vehicle, position: None }, Message::State(state)))
    }

    fn next_position(&mut self, now: Millis) -> Option<(Sent, Message)> {
        let Turn { vehicle, .. } = self.turns.peek().map(|turn| turn.0).filter(|turn| turn.at <= now)?;
        self.turns.pop();
        let position = self.vehicles.get_mut(vehicle)?.next_position();
        self.queue_up(vehicle, now);
        let fixed = Fixed { seq: position.seq, at: position.at };
        Some((Sent { vehicle, position: Some(fixed) }, Message::Position(position)))
    }

    /// When [`Fleet::next`] has something even if Kafka acknowledges nothing before; `None` if it must wait for an acknowledgement.
    #[must_use]
    pub fn wake_at(&self) -> Option<Millis> {
        if self.in_flight >= self.window {
            None
        } else if self.states.is_empty() {
            self.turns.peek().map(|turn| turn.0.at)
        } else {
            Some(Millis::MIN)
        }
    }

    /// Takes Kafka's acknowledgement: a record is in the log, in this partition, and at this offset if the broker names it.
    #[expect(clippy::needless_pass_by_value, reason = "a record is acknowledged once")]
    pub fn acknowledged(&mut self, sent: Sent, partition: i32, offset: Option<i64>, now: Millis) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(vehicle) = self.vehicles.get_mut(sent.vehicle) else { return };
        let was_waiting = vehicle.next_at().is_none();
        if let Some(fixed) = sent.position {
            vehicle.position_acknowledged(fixed, partition, offset);
        } else {
            vehicle.state_acknowledged();
            self.done += usize::from(vehicle.is_done());
        }
        if was_waiting {
            self.queue_up(sent.vehicle, now);
        }
        if !self.stopping {
            self.claim_state(sent.vehicle, now);
        } else if self.in_flight == 0 {
            self.claim_states(now);
        }
    }

    /// Gives out no further position, but still the state of each vehicle once nothing is in flight.
    pub fn stop(&mut self, now: Millis) {
        self.stopping = true;
        self.turns.clear();
        if self.in_flight == 0 {
            self.claim_states(now);
        }
    }

    /// Whether every delivery's last position and final state are in the log.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done == self.vehicles.len()
    }

    /// Whether nothing is in flight and no state is waiting to be sent.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.in_flight == 0 && self.states.is_empty()
    }

    /// The number of deliveries under way.
    #[must_use]
    pub fn running(&self) -> usize {
        self.vehicles.len() - self.done
    }

    /// The number of records that Kafka has not acknowledged yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn claim_states(&mut self, now: Millis) {
        for vehicle in 0..self.vehicles.len() {
            self.claim_state(vehicle, now);
        }
    }

    fn claim_state(&mut self, vehicle: usize, now: Millis) {
        if self.vehicles.get_mut(vehicle).is_some_and(|vehicle| vehicle.claim_state(now, self.stopping)) {
            self.states.push_back(vehicle);
        }
    }

    /// Queues a vehicle up for its next position, if it has one: at its time, but behind those that are due already.
    fn queue_up(&mut self, vehicle: usize, now: Millis) {
        if self.stopping {
            return;
        }
        if let Some(at) = self.vehicles.get(vehicle).and_then(Vehicle::next_at) {
            self.tickets += 1;
            self.turns.push(Reverse(Turn { at: at.max(now), ticket: self.tickets, vehicle }));
        }
    }
}
