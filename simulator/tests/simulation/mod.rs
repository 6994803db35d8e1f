//! A Kafka made of two vectors, and processes that can be killed at any instant: the simulation that the pure core is tested in.

#![expect(clippy::panic, clippy::unwrap_in_result, clippy::unwrap_used, reason = "a helper of tests")]

pub(crate) mod process;

use std::sync::Arc;

use delivery_messages::{Millis, NewPosition, State};
use delivery_motion::{Drive, Model, Motion, Path};
use delivery_simulator::delivery::plans::Delivery;
use delivery_simulator::delivery::records::Message;
use process::Process;

/// The one partition that there is.
pub(crate) const PARTITION: i32 = 3;

/// A delivery along a line of `points` points.
pub(crate) fn delivery(id: &str, points: u32, motion: Motion, interval_milliseconds: u32) -> Delivery {
    let path: Vec<[f64; 2]> = (0..points).map(|i| [-47.9 + f64::from(i) * 1e-4, -15.8]).collect();
    let model = Model { motion, interval_milliseconds, seed: 7, noise_meters: 4 };
    Delivery {
        id: id.to_owned(),
        route_id: "1".to_owned(),
        client_id: String::new(),
        drive: Drive::new(Arc::new(Path::new(&path).unwrap()), model).unwrap(),
        created_at: 0,
        resumed_at: None,
        traceparent: None,
        pod: None,
    }
}

/// The two topics. Positions before `low` were there, and are gone.
#[derive(Default)]
pub(crate) struct Log {
    pub positions: Vec<NewPosition>,
    pub low: usize,
    pub states: Vec<State>,
}

impl Log {
    pub(crate) fn push(&mut self, message: Message) -> i64 {
        let offset = match message {
            Message::Position(position) => {
                self.positions.push(position);
                self.positions.len()
            }
            Message::State(state) => {
                self.states.push(state);
                self.states.len()
            }
        };
        i64::try_from(offset).unwrap() - 1
    }

    /// Retention removes the oldest `count` positions.
    pub(crate) fn cut(&mut self, count: usize) {
        self.low = self.positions.len().min(self.low + count);
    }
}

/// The topics, the clock, and a process between them.
pub(crate) struct Simulation {
    pub deliveries: Vec<Delivery>,
    pub window: usize,
    pub now: Millis,
    pub log: Log,
    pub process: Process,
    /// Two processes have driven at once: where their positions lie side by side, a log cut there begins with a repeat.
    pub doubled: bool,
}

impl Simulation {
    /// A simulation in which a process has begun to drive.
    pub(crate) fn new(deliveries: Vec<Delivery>, now: Millis, window: usize) -> Self {
        let process = Process::Dead;
        let mut simulation = Self { deliveries, window, now, log: Log::default(), process, doubled: false };
        simulation.start();
        simulation
    }

    /// Kills the process. `arriving` of its records in flight still get into the log, unacknowledged.
    pub(crate) fn kill(&mut self, arriving: usize) {
        self.process.arrive(&mut self.log, arriving);
        self.process = Process::Dead;
    }

    /// Starts a process, which reads the log and writes the first states of new deliveries.
    pub(crate) fn start(&mut self) {
        self.process = Process::start(&self.deliveries, &self.log);
        self.finish_departure();
    }

    /// Lets the process read and write first states until it drives.
    pub(crate) fn finish_departure(&mut self) {
        while !self.process.is_driving() {
            self.settle();
        }
    }

    /// Sends all that the process has to send now.
    pub(crate) fn pump(&mut self) {
        self.process.pump(&self.deliveries, &self.log, self.now, self.window);
    }

    /// `count` of the records in flight get into the log, oldest first.
    pub(crate) fn arrive(&mut self, count: usize) {
        self.process.arrive(&mut self.log, count);
    }

    /// The process gets the acknowledgements of `count` records.
    pub(crate) fn answer(&mut self, count: usize, with_offset: bool) {
        self.process.answer(count, with_offset, self.now);
    }

    /// Lets what is due be written and acknowledged.
    pub(crate) fn settle(&mut self) {
        self.pump();
        self.arrive(usize::MAX);
        self.answer(usize::MAX, true);
    }

    /// Lets time pass until everything is done; each step is a millisecond or a record.
    pub(crate) fn finish(&mut self) {
        for _ in 0..1_000_000 {
            self.pump();
            if self.process.in_flight() == 0 {
                if self.process.is_done() {
                    return;
                }
                self.now = self.process.fleet().wake_at().unwrap_or(self.now).max(self.now);
            }
            self.arrive(usize::MAX);
            self.answer(usize::MAX, true);
        }
        panic!("the fleet does not come to its end");
    }

    /// Checks what must be true of the log of one delivery: without repeats, each seq is there once and in order, from the log's first
    /// position as well as from what retention has left; a repeat is byte-identical; and no state is ahead of the positions.
    pub(crate) fn check(&self, delivery: &Delivery, complete: bool) -> Result<(), String> {
        let mut seen: Vec<&NewPosition> = Vec::new();
        let mut newest_left: Option<u64> = None;
        for (offset, position) in self.log.positions.iter().enumerate() {
            if position.delivery_id != delivery.id {
                continue;
            }
            let seq = usize::try_from(position.seq).unwrap();
            match seen.get(seq) {
                Some(known) if bytes(known) != bytes(position) => return Err(format!("another {seq}: {position:?}")),
                Some(_) => {}
                None if seq == seen.len() => seen.push(position),
                None => return Err(format!("{seq} after {} of them", seen.len())),
            }
            if offset >= self.log.low && !self.doubled {
                match newest_left {
                    Some(newest) if position.seq > newest + 1 => {
                        return Err(format!("of what is left, {seq} after {newest}"));
                    }
                    known => newest_left = known.max(Some(position.seq)),
                }
            }
        }
        for [one, next] in seen.array_windows() {
            if next.at - one.at != i64::from(delivery.drive.interval_milliseconds()) {
                return Err(format!("ticks drift: {one:?}, {next:?}"));
            }
        }
        let states: Vec<&State> = self.log.states.iter().filter(|state| state.delivery_id == delivery.id).collect();
        let start = states.first().map(|state| state.start);
        for state in &states {
            let held = usize::try_from(state.seq).ok().map(|seq| seen.get(seq));
            if held.is_some_and(|held| held.is_none_or(|held| Some(held.position) != state.position)) {
                return Err(format!("a state ahead of the log: {state:?}"));
            }
            // Two processes may both write a first state; what follows has the start of the earlier one.
            let first = state.seq < 0;
            if (Some(state.start) != start && !first) || seen.first().is_some_and(|one| Some(one.at) != start) {
                return Err(format!("another start: {state:?}"));
            }
        }
        if !complete {
            return Ok(());
        }
        let last = seen.last().ok_or("no position")?;
        let arrived = last.finished && last.seq == delivery.drive.last_seq();
        let finished = states.iter().any(|state| state.version == State::version_of(state.seq, true));
        if arrived && finished { Ok(()) } else { Err(format!("not at its end: {last:?}, {:?}", states.last())) }
    }
}

fn bytes(position: &NewPosition) -> Vec<u8> {
    Message::Position(position.clone()).value().unwrap()
}
