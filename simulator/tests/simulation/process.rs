//! One process as the real shell runs it: it reads states, then positions, writes first states, reads again, and drives.

use std::collections::VecDeque;

use delivery_messages::Millis;
use delivery_motion::Fixed;
use delivery_simulator::delivery::departure;
use delivery_simulator::delivery::plans::Delivery;
use delivery_simulator::delivery::records::{Message, RecordOffset};
use delivery_simulator::delivery::resume::{Past, ReadFrom, Recovered, ResumePoint};
use delivery_simulator::vehicles::fleet::{Fleet, Sent};

use super::{Log, PARTITION};

/// What a process is doing.
pub(crate) enum Process {
    /// Nothing; it was killed.
    Dead,
    /// It has read the states, and not yet the positions.
    Reading(Vec<Past>),
    /// Its first states are in flight: those not written yet, and the number of those not acknowledged.
    Departing(Vec<Message>, usize, usize),
    /// It drives.
    Driving(Box<Driving>),
}

pub(crate) struct Driving {
    pub fleet: Fleet,
    /// Sent, and not in the log.
    pub in_flight: VecDeque<(Sent, Message)>,
    /// In the log, and not acknowledged.
    pub answers: VecDeque<(Sent, i64)>,
}

impl Process {
    pub(crate) fn start(deliveries: &[Delivery], log: &Log) -> Self {
        let fold = |delivery: &Delivery| {
            let mut past = Past::default();
            for state in log.states.iter().filter(|state| state.delivery_id == delivery.id) {
                past.state(state.clone());
            }
            past
        };
        Self::Reading(deliveries.iter().map(fold).collect())
    }

    /// Takes the next step, or sends all that is due.
    pub(crate) fn pump(&mut self, deliveries: &[Delivery], log: &Log, now: Millis, window: usize) {
        match self {
            Self::Dead => {}
            Self::Reading(pasts) => {
                let found: Vec<_> = deliveries.iter().zip(pasts).map(|(one, past)| read(one, past, log)).collect();
                let states: Vec<_> =
                    departure::first_states(deliveries, &found, now).map(|first| Message::State(first.state)).collect();
                *self = if states.is_empty() {
                    let points = deliveries.iter().cloned().zip(found.into_iter().map(|found| found.point));
                    let fleet = Fleet::new(points, now, window);
                    Self::Driving(Box::new(Driving { fleet, in_flight: VecDeque::new(), answers: VecDeque::new() }))
                } else {
                    let count = states.len();
                    Self::Departing(states, count, count)
                };
            }
            Self::Departing(_, _, unheard) => {
                if *unheard == 0 {
                    *self = Self::start(deliveries, log);
                }
            }
            Self::Driving(driving) => {
                while let Some(record) = driving.fleet.next(now) {
                    driving.in_flight.push_back(record);
                }
            }
        }
    }

    /// `count` of the records in flight get into the log, oldest first.
    pub(crate) fn arrive(&mut self, log: &mut Log, count: usize) {
        match self {
            Self::Dead | Self::Reading(_) => {}
            Self::Departing(states, unwritten, _) => {
                let count = count.min(states.len());
                *unwritten -= count;
                for state in states.drain(..count) {
                    log.push(state);
                }
            }
            Self::Driving(driving) => {
                for (sent, message) in driving.in_flight.drain(..count.min(driving.in_flight.len())) {
                    let offset = log.push(message);
                    driving.answers.push_back((sent, offset));
                }
            }
        }
    }

    /// The oldest record in flight gets into the log, and will again: its acknowledgement was lost.
    pub(crate) fn arrive_unheard(&mut self, log: &mut Log) {
        if let Self::Driving(driving) = self
            && let Some((_, message)) = driving.in_flight.front()
        {
            log.push(message.clone());
        }
    }

    /// It gets the acknowledgements of `count` records.
    pub(crate) fn answer(&mut self, count: usize, with_offset: bool, now: Millis) {
        match self {
            Self::Dead | Self::Reading(_) => {}
            Self::Departing(_, unwritten, unheard) => *unheard = (*unwritten).max(unheard.saturating_sub(count)),
            Self::Driving(driving) => {
                for (sent, offset) in driving.answers.drain(..count.min(driving.answers.len())) {
                    driving.fleet.acknowledged(sent, PARTITION, with_offset.then_some(offset), now);
                }
            }
        }
    }

    /// The acknowledgements will come in another order.
    pub(crate) fn shuffle_answers(&mut self, by: usize) {
        if let Self::Driving(driving) = self
            && !driving.answers.is_empty()
        {
            let middle = by % driving.answers.len();
            driving.answers.rotate_left(middle);
        }
    }

    pub(crate) fn is_driving(&self) -> bool {
        matches!(self, Self::Driving(_))
    }

    pub(crate) fn driving(&mut self) -> &mut Driving {
        let Self::Driving(driving) = self else { panic!("it does not drive") };
        driving
    }

    pub(crate) fn fleet(&mut self) -> &mut Fleet {
        &mut self.driving().fleet
    }

    pub(crate) fn in_flight(&self) -> usize {
        if let Self::Driving(driving) = self { driving.in_flight.len() } else { 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Driving(driving) if driving.fleet.is_done())
    }
}

/// Reads the positions of a delivery as the real shell does.
fn read(delivery: &Delivery, past: &mut Past, log: &Log) -> Recovered {
    let end = i64::try_from(log.positions.len()).unwrap();
    let from = match past.from(PARTITION) {
        ReadFrom::Nowhere => log.positions.len(),
        ReadFrom::Oldest => log.low,
        ReadFrom::Offset(offset) => usize::try_from(offset).unwrap().max(log.low),
    };
    let first = i64::try_from(from).unwrap();
    for (offset, position) in (0..).zip(&log.positions).skip(from) {
        if position.delivery_id == delivery.id {
            let fixed = Fixed { seq: position.seq, at: position.at };
            past.position(fixed, RecordOffset { partition: PARTITION, offset }, first);
        }
    }
    Recovered { point: past.resume_point(), end: RecordOffset { partition: PARTITION, offset: end } }
}

/// Where a process that reads the log now would resume each delivery.
pub(crate) fn resume_points(deliveries: &[Delivery], log: &Log) -> Vec<ResumePoint> {
    let Process::Reading(pasts) = Process::start(deliveries, log) else { return Vec::new() };
    deliveries.iter().zip(pasts).map(|(one, mut past)| read(one, &mut past, log).point).collect()
}
