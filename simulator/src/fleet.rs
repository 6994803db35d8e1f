//! All vehicles of the process: one heap of due times, and what is written next.
//!
//! Pure: the clock's time goes in, records come out, and what Kafka has acknowledged comes back. No more than a bounded
//! number of records is on the way at once; what is due beyond that stays what it is, a due time, and is computed when
//! its turn comes. A vehicle that is behind queues up again at the end of those that are due, one position at a time, so
//! catching up starves nobody. Sending and waiting are left to [`crate::run`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use delivery_messages::Millis;
use delivery_motion::Fixed;

use crate::plans::Delivery;
use crate::records::Message;
use crate::resume::Standing;
use crate::vehicle::{STATE_INTERVAL, Vehicle};

/// The number of records that may be on the way to Kafka at once, over all vehicles.
pub const WINDOW: usize = 512;

/// A record on its way: what is said of it when Kafka has answered. There is no second one, so it is said once.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent {
    /// The place of its vehicle in the fleet.
    vehicle: usize,
    /// The seq and the due time of a position; `None` for a state.
    position: Option<Fixed>,
}

impl Sent {
    /// The first state of a delivery, by its place in the list; it is on its way before there is a fleet.
    #[must_use]
    pub fn first_state(place: usize) -> Self {
        Self { vehicle: place, position: None }
    }

    /// The seq and the due time of a position; `None` for a state.
    #[must_use]
    pub fn position(&self) -> Option<Fixed> {
        self.position
    }
}

/// When a vehicle's turn is: a time, and among equal times the order of asking.
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
    on_the_way: usize,
    window: usize,
    done: usize,
    stopping: bool,
}

impl Fleet {
    /// Takes deliveries up as they stand in the log; each has at least its first state there. Their states are spread over
    /// the time between two, so that a long list does not come in bursts.
    #[must_use]
    pub fn new(deliveries: impl IntoIterator<Item = (Delivery, Standing)>, now: Millis, window: usize) -> Self {
        let deliveries = deliveries.into_iter();
        let count = deliveries.size_hint().0;
        let mut fleet = Self {
            vehicles: Vec::with_capacity(count),
            turns: BinaryHeap::with_capacity(count),
            tickets: 0,
            states: VecDeque::new(),
            on_the_way: 0,
            window: window.max(1),
            done: 0,
            stopping: false,
        };
        for (place, (delivery, standing)) in (0_i64..).zip(deliveries) {
            // By steps of about the golden section of the interval, so that neighbours, who move close after one another,
            // do not write their states so as well.
            let state_due = now + STATE_INTERVAL * (place * 619 % 1_000) / 1_000;
            fleet.vehicles.extend(Vehicle::new(delivery, standing, state_due));
        }
        for index in 0..fleet.vehicles.len() {
            fleet.claim_state(index, now);
            fleet.queue_up(index, now);
        }
        fleet
    }

    /// The trace that a record on its way belongs to.
    #[must_use]
    pub fn traceparent(&self, sent: &Sent) -> Option<&str> {
        self.vehicles[sent.vehicle].traceparent()
    }

    /// The next record to write, if one is due and there is room for it on the way.
    pub fn next(&mut self, now: Millis) -> Option<(Sent, Message)> {
        if self.on_the_way >= self.window {
            return None;
        }
        let (sent, message) = self.next_state().or_else(|| self.next_position(now))?;
        self.on_the_way += 1;
        Some((sent, message))
    }

    fn next_state(&mut self) -> Option<(Sent, Message)> {
        let vehicle = self.states.pop_front()?;
        let state = self.vehicles[vehicle].state();
        Some((Sent { vehicle, position: None }, Message::State(state)))
    }

    fn next_position(&mut self, now: Millis) -> Option<(Sent, Message)> {
        let Turn { vehicle, .. } = self.turns.peek().map(|turn| turn.0).filter(|turn| turn.at <= now)?;
        self.turns.pop();
        let position = self.vehicles[vehicle].next_position();
        self.queue_up(vehicle, now);
        let fixed = Fixed { seq: position.seq, at: position.at };
        Some((Sent { vehicle, position: Some(fixed) }, Message::Position(position)))
    }

    /// When [`Fleet::next`] has something without news from Kafka before; `None` when only Kafka's answers can help.
    #[must_use]
    pub fn wake_at(&self) -> Option<Millis> {
        if self.on_the_way >= self.window {
            None
        } else if self.states.is_empty() {
            self.turns.peek().map(|turn| turn.0.at)
        } else {
            Some(Millis::MIN)
        }
    }

    /// Hears that a record is in the log, in this partition, at this offset if the broker tells.
    #[expect(clippy::needless_pass_by_value, reason = "what was said is not said again")]
    pub fn written(&mut self, sent: Sent, partition: i32, offset: Option<i64>, now: Millis) {
        self.on_the_way = self.on_the_way.saturating_sub(1);
        let vehicle = &mut self.vehicles[sent.vehicle];
        let was_waiting = vehicle.next_at().is_none();
        if let Some(fixed) = sent.position {
            vehicle.position_written(fixed, partition, offset);
        } else {
            vehicle.state_written();
            self.done += usize::from(vehicle.is_done());
        }
        if was_waiting {
            self.queue_up(sent.vehicle, now);
        }
        if !self.stopping {
            self.claim_state(sent.vehicle, now);
        } else if self.on_the_way == 0 {
            self.claim_states(now);
        }
    }

    /// Writes no further position, but still the state of each vehicle once its records on the way are in the log.
    pub fn stop(&mut self, now: Millis) {
        self.stopping = true;
        self.turns.clear();
        if self.on_the_way == 0 {
            self.claim_states(now);
        }
    }

    /// Whether every delivery's last position and final state are in the log.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done == self.vehicles.len()
    }

    /// Whether nothing is on the way and no state waits to be.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.on_the_way == 0 && self.states.is_empty()
    }

    /// The number of deliveries that are not over.
    #[must_use]
    pub fn running(&self) -> usize {
        self.vehicles.len() - self.done
    }

    /// The number of records on the way.
    #[must_use]
    pub fn on_the_way(&self) -> usize {
        self.on_the_way
    }

    fn claim_states(&mut self, now: Millis) {
        for vehicle in 0..self.vehicles.len() {
            self.claim_state(vehicle, now);
        }
    }

    fn claim_state(&mut self, vehicle: usize, now: Millis) {
        if self.vehicles[vehicle].claim_state(now, self.stopping) {
            self.states.push_back(vehicle);
        }
    }

    /// Queues a vehicle up for its next position, if it has one: at its time, but not before those that are due already.
    fn queue_up(&mut self, vehicle: usize, now: Millis) {
        if self.stopping {
            return;
        }
        if let Some(at) = self.vehicles[vehicle].next_at() {
            self.tickets += 1;
            self.turns.push(Reverse(Turn { at: at.max(now), ticket: self.tickets, vehicle }));
        }
    }
}
