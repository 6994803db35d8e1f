//! A Kafka of two vectors, and a process that can be killed at any instant: what the pure core is tried with.

#![expect(clippy::panic, clippy::unwrap_in_result, clippy::unwrap_used, reason = "a helper of tests")]

use std::collections::VecDeque;
use std::sync::Arc;

use delivery_messages::{Millis, NewPosition, State};
use delivery_motion::{Drive, Fixed, Model, Motion, Path};
use delivery_simulator::fleet::{Fleet, Sent};
use delivery_simulator::plans::Delivery;
use delivery_simulator::records::{Message, Place};
use delivery_simulator::resume::{Past, ReadFrom};

/// The one partition that there is.
pub const PARTITION: i32 = 3;

/// A delivery along a line of so many points.
pub fn delivery(id: &str, points: u32, motion: Motion, interval_milliseconds: u32) -> Delivery {
    let path: Vec<[f64; 2]> = (0..points).map(|i| [-47.9 + f64::from(i) * 1e-4, -15.8]).collect();
    let model = Model { motion, interval_milliseconds, seed: 7, noise_meters: 4 };
    Delivery {
        id: id.to_owned(),
        route_id: "1".to_owned(),
        client_id: String::new(),
        drive: Drive::new(Arc::new(Path::new(&path).unwrap()), model).unwrap(),
        resumed_at: None,
    }
}

/// The two topics, the clock, and a process between them.
pub struct World {
    pub deliveries: Vec<Delivery>,
    pub window: usize,
    pub now: Millis,
    pub positions: Vec<NewPosition>,
    pub states: Vec<State>,
    pub fleet: Fleet,
    /// Handed over, not in the log.
    pub on_the_way: VecDeque<(Sent, Message)>,
    /// In the log, not heard of.
    answers: VecDeque<(Sent, i64)>,
}

impl World {
    pub fn new(deliveries: Vec<Delivery>, now: Millis, window: usize) -> Self {
        let mut world = Self {
            deliveries,
            window,
            now,
            positions: Vec::new(),
            states: Vec::new(),
            fleet: Fleet::new(Vec::new(), now, window),
            on_the_way: VecDeque::new(),
            answers: VecDeque::new(),
        };
        world.start();
        world
    }

    /// Ends the process without a word. So many of its records on the way still get into the log; nobody hears of it.
    pub fn kill(&mut self, arriving: usize) {
        self.arrive(arriving);
        self.on_the_way.clear();
        self.answers.clear();
    }

    /// Kills the process and starts another, which has read the log when so many more of the first one's positions get
    /// into it.
    pub fn overlap(&mut self, arriving: usize, late: usize) {
        self.arrive(arriving);
        let positions = self.on_the_way.drain(..).filter_map(|(_, message)| match message {
            Message::Position(position) => Some(position),
            Message::State(_) => None,
        });
        let late: Vec<_> = positions.take(late).collect();
        self.kill(0);
        self.start();
        self.positions.extend(late);
    }

    /// Starts a process, which reads the log as the real one does.
    pub fn start(&mut self) {
        let fold = |delivery: &Delivery| {
            let mut past = Past::default();
            for state in self.states.iter().filter(|state| state.delivery_id == delivery.id) {
                past.state(state.clone());
            }
            let from = match past.from(PARTITION) {
                ReadFrom::Nowhere => self.positions.len(),
                ReadFrom::Oldest => 0,
                ReadFrom::Offset(offset) => usize::try_from(offset).unwrap(),
            };
            for (offset, position) in (0..).zip(&self.positions).skip(from) {
                if position.delivery_id == delivery.id {
                    let fixed = Fixed { seq: position.seq, at: position.at };
                    past.position(fixed, Place { partition: PARTITION, offset });
                }
            }
            let end = Place { partition: PARTITION, offset: i64::try_from(self.positions.len()).unwrap() };
            (delivery.clone(), past.standing(), end)
        };
        self.fleet = Fleet::new(self.deliveries.iter().map(fold).collect(), self.now, self.window);
    }

    /// Hands over all that the fleet gives out now.
    pub fn pump(&mut self) {
        while let Some(record) = self.fleet.next(self.now) {
            self.on_the_way.push_back(record);
        }
    }

    /// So many of the records on the way get into the log, oldest first.
    pub fn arrive(&mut self, count: usize) {
        for (sent, message) in self.on_the_way.drain(..count.min(self.on_the_way.len())) {
            match message {
                Message::Position(position) => {
                    self.positions.push(position);
                    self.answers.push_back((sent, i64::try_from(self.positions.len()).unwrap() - 1));
                }
                Message::State(state) => {
                    self.states.push(state);
                    self.answers.push_back((sent, i64::try_from(self.states.len()).unwrap() - 1));
                }
            }
        }
    }

    /// The process hears of so many records that are in the log.
    pub fn answer(&mut self, count: usize, with_offset: bool) {
        for (sent, offset) in self.answers.drain(..count.min(self.answers.len())) {
            self.fleet.written(sent, PARTITION, with_offset.then_some(offset), self.now);
        }
    }

    /// Lets time pass until everything is done; each step is a millisecond or a record.
    pub fn finish(&mut self) {
        for _ in 0..1_000_000 {
            self.pump();
            if self.on_the_way.is_empty() {
                if self.fleet.is_done() {
                    return;
                }
                self.now = self.fleet.wake_at().unwrap_or(self.now).max(self.now);
            }
            self.arrive(usize::MAX);
            self.answer(usize::MAX, true);
        }
        panic!("the fleet does not come to its end");
    }

    /// Checks what must be true of the log of one delivery: whoever drops repeats sees each seq once and in order, a
    /// repeat is the same to the byte, and no state speaks of what is not there.
    pub fn check(&self, delivery: &Delivery, complete: bool) -> Result<(), String> {
        let mut seen: Vec<&NewPosition> = Vec::new();
        for position in self.positions.iter().filter(|position| position.delivery_id == delivery.id) {
            let seq = usize::try_from(position.seq).unwrap();
            match seen.get(seq) {
                Some(known) if bytes(known) != bytes(position) => return Err(format!("another {seq}: {position:?}")),
                Some(_) => {}
                None if seq == seen.len() => seen.push(position),
                None => return Err(format!("{seq} after {} of them", seen.len())),
            }
        }
        for pair in seen.windows(2) {
            if pair[1].at - pair[0].at != i64::from(delivery.drive.interval_milliseconds()) {
                return Err(format!("ticks drift: {pair:?}"));
            }
        }
        let states: Vec<&State> = self.states.iter().filter(|state| state.delivery_id == delivery.id).collect();
        for state in &states {
            let held = usize::try_from(state.seq).ok().map(|seq| seen.get(seq));
            if held.is_some_and(|held| held.is_none_or(|held| Some(held.position) != state.position)) {
                return Err(format!("a state ahead of the log: {state:?}"));
            }
            if state.start != states[0].start || seen.first().is_some_and(|first| first.at != state.start) {
                return Err(format!("another start: {state:?}"));
            }
        }
        if !complete {
            return Ok(());
        }
        let last = seen.last().ok_or("no position")?;
        let arrived = last.finished && last.seq == delivery.drive.last_seq();
        let finished = states.last().is_some_and(|state| state.version == State::version_of(state.seq, true));
        if arrived && finished { Ok(()) } else { Err(format!("not at its end: {last:?}, {:?}", states.last())) }
    }
}

fn bytes(position: &NewPosition) -> Vec<u8> {
    Message::Position(position.clone()).value().unwrap()
}
