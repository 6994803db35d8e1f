//! The election as a model: many processes with clocks of their own, requests that are late, lost or carried out long after they were
//! given up, kills, restarts, releases, frozen processes, leaders that lose the Lease and stand by again. Never two lead at once, and one does in the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRng;

use super::{Candidate, Clock, DURATION, LeaseAction, LeaseState, RETRY};

/// Milliseconds of the world's own time, which no process knows.
type Time = u64;

/// The version and holder of the Lease, if there is one; an error is any failure.
type Answered = Result<Option<(u64, String)>, ()>;

/// A client gives a request up after so long.
const LIMIT: Time = 4_000;
/// How long the world is unruly, and how long it is quiet then.
const UNRULY: Time = 300_000;
const QUIET: Time = 60_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A process continues.
    Wake {
        process: usize,
        life: u32,
    },
    /// A request is carried out by the server.
    Serve {
        process: usize,
        life: u32,
        sent: Clock,
        asked: Asked,
        answer_at: Time,
    },
    /// An answer comes in, or none within the limit.
    Answer {
        process: usize,
        life: u32,
        sent: Clock,
        asked: Asked,
        lease: Answered,
    },
    Kill {
        process: usize,
    },
    Start {
        process: usize,
    },
    Freeze {
        process: usize,
        until: Time,
    },
    Release {
        process: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Look,
    /// Writes that holder, if the Lease has that version.
    Write {
        holder: String,
        version: Option<String>,
    },
}

struct Process {
    life: u32,
    alive: bool,
    frozen: Time,
    candidate: Candidate,
    offset: u64,
    /// Thousandths of the world's pace.
    pace: u64,
    /// The request that is waited for.
    waits_for: Option<Clock>,
}

impl Process {
    fn clock(&self, now: Time) -> Clock {
        Duration::from_millis(self.offset + now * self.pace / 1_000)
    }

    fn leads(&self, now: Time) -> bool {
        self.alive && self.candidate.leads_until().is_some_and(|until| self.clock(now) < until)
    }
}

struct Simulation {
    now: Time,
    processes: Vec<Process>,
    /// The version and holder of the Lease.
    lease: Option<(u64, String)>,
    events: BinaryHeap<Reverse<(Time, u64, Event)>>,
    count: u64,
    random: TestRng,
    led: u32,
}

impl Simulation {
    fn new(mut random: TestRng) -> Self {
        let number = 2 + usize::try_from(random.next_u64() % 4).unwrap();
        let processes = (0..number)
            .map(|_| Process {
                life: 0,
                alive: false,
                frozen: 0,
                candidate: Candidate::new(String::new()),
                offset: random.next_u64() % 10_000_000,
                pace: 900 + random.next_u64() % 201,
                waits_for: None,
            })
            .collect();
        let mut simulation =
            Self { now: 0, processes, lease: None, events: BinaryHeap::new(), count: 0, random, led: 0 };
        for process in 0..number {
            simulation.at(simulation.now, Event::Start { process });
            let mut time = 0;
            while time < UNRULY {
                time += simulation.below(40_000);
                let what = match simulation.below(4) {
                    0 => Event::Release { process },
                    1 | 2 => Event::Freeze { process, until: time + simulation.below(30_000) },
                    _ => Event::Kill { process },
                };
                if time < UNRULY {
                    simulation.at(time, what);
                }
            }
        }
        simulation
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random.next_u64() % limit
    }

    fn at(&mut self, time: Time, event: Event) {
        self.count += 1;
        self.events.push(Reverse((time, self.count, event)));
    }

    fn run(&mut self) {
        while let Some(Reverse((time, _, event))) = self.events.pop() {
            if time > UNRULY + QUIET {
                break;
            }
            self.now = time;
            self.happen(event);
            let leaders = self.leaders();
            assert!(leaders.len() <= 1, "{leaders:?} lead at {time} ms");
        }
    }

    fn leaders(&self) -> Vec<usize> {
        (0..self.processes.len()).filter(|process| self.processes[*process].leads(self.now)).collect()
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Start { process } => {
                let one = &mut self.processes[process];
                one.life += 1;
                one.alive = true;
                one.candidate = Candidate::new(format!("{process}/{}", one.life));
                one.waits_for = None;
                self.proceed(process);
            }
            Event::Kill { process } => {
                self.processes[process].alive = false;
                let later = self.now + 1 + self.below(20_000);
                self.at(later, Event::Start { process });
            }
            Event::Freeze { process, until } => self.processes[process].frozen = until,
            Event::Release { process } => self.release(process),
            Event::Wake { process, life } => {
                if self.is_it(process, life) {
                    self.proceed(process);
                }
            }
            Event::Serve { process, life, sent, asked, answer_at } => {
                let lease = self.serve(&asked);
                self.at(answer_at, Event::Answer { process, life, sent, asked, lease });
            }
            Event::Answer { process, life, sent, asked, lease } => {
                if self.is_it(process, life) && self.processes[process].waits_for == Some(sent) {
                    self.answer(process, sent, &asked, lease);
                }
            }
        }
    }

    fn is_it(&self, process: usize, life: u32) -> bool {
        self.processes[process].alive && self.processes[process].life == life
    }

    /// What the server does: an error, or how the Lease is afterwards.
    fn serve(&mut self, asked: &Asked) -> Answered {
        if self.now < UNRULY && self.below(25) == 0 {
            return Err(());
        }
        if let Asked::Write { holder, version } = asked {
            if self.lease.as_ref().map(|(version, _)| version.to_string()) != *version {
                return Err(());
            }
            self.count += 1;
            self.lease = Some((self.count, holder.clone()));
            if self.now < UNRULY && self.below(25) == 0 {
                // It is done, and the answer is lost.
                return Err(());
            }
        }
        Ok(self.lease.clone())
    }

    fn answer(&mut self, process: usize, sent: Clock, asked: &Asked, lease: Answered) {
        let now = self.now;
        if self.processes[process].frozen > now {
            let (frozen, life) = (self.processes[process].frozen, self.processes[process].life);
            self.at(frozen, Event::Answer { process, life, sent, asked: asked.clone(), lease });
            return;
        }
        let one = &mut self.processes[process];
        one.waits_for = None;
        let (clock, led) = (one.clock(now), one.candidate.leads_until().is_some());
        let record = |(version, holder): (u64, String)| LeaseState {
            holder: Some(holder).filter(|holder| !holder.is_empty()),
            version: version.to_string(),
            duration: DURATION,
        };
        match (lease, asked) {
            (Err(()), _) => one.candidate.failed(clock),
            (Ok(lease), Asked::Look) => one.candidate.observed(lease.map(record), clock),
            (Ok(lease), Asked::Write { .. }) => one.candidate.wrote(record(lease.unwrap()), sent, clock),
        }
        self.led += u32::from(!led && one.candidate.leads_until().is_some());
        self.proceed(process);
    }

    /// What the process does next.
    fn proceed(&mut self, process: usize) {
        let now = self.now;
        let one = &self.processes[process];
        let life = one.life;
        if one.frozen > now {
            return self.at(one.frozen, Event::Wake { process, life });
        }
        let next = one.candidate.next(one.clock(now));
        match next {
            LeaseAction::Wait(wait) => {
                let real = u64::try_from(wait.as_millis()).unwrap() * 1_000 / one.pace + 1;
                self.at(now + real, Event::Wake { process, life });
            }
            LeaseAction::Read => self.ask(process, Asked::Look),
            LeaseAction::Write => {
                let version = one.candidate.lease().map(|record| record.version.clone());
                let holder = one.candidate.name().to_owned();
                self.ask(process, Asked::Write { holder, version });
            }
            // It stands by again at once, or after it has given up what is only the leader's.
            LeaseAction::Lost => {
                let later = now + self.below(5_000);
                self.processes[process].candidate.stand_by();
                self.at(later, Event::Wake { process, life });
            }
        }
    }

    fn ask(&mut self, process: usize, asked: Asked) {
        let now = self.now;
        let one = &mut self.processes[process];
        let (life, sent) = (one.life, one.clock(now));
        one.waits_for = Some(sent);
        let unruly = now < UNRULY;
        // Now and then a request takes much longer than its time limit, and is carried out anyway.
        let long = unruly && self.below(20) == 0;
        let there = self.below(if long { 30_000 } else { 300 });
        let back = self.below(if unruly && self.now.is_multiple_of(2) { 2_500 } else { 300 });
        let answer_at = now + there + back;
        self.at(now + there, Event::Serve { process, life, sent, asked: asked.clone(), answer_at });
        if there + back > LIMIT {
            self.at(now + LIMIT, Event::Answer { process, life, sent, asked, lease: Err(()) });
        }
    }

    /// A clean stop: the last request is a release, and the process comes back after a while.
    fn release(&mut self, process: usize) {
        let one = &mut self.processes[process];
        if one.alive && one.frozen <= self.now {
            let led = one.candidate.leads_until().is_some();
            let version = one.candidate.lease().map(|record| record.version.clone());
            if led {
                // Whether or not it was taken, the process is gone.
                let _ = self.serve(&Asked::Write { holder: String::new(), version });
            }
            self.happen(Event::Kill { process });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn never_two_lead_at_once_and_one_does_in_the_end(seed in any::<[u8; 32]>()) {
        let mut simulation = Simulation::new(TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed));
        simulation.run();
        prop_assert!(simulation.led > 0);
        prop_assert_eq!(simulation.leaders().len(), 1, "when all is quiet one leads");
    }
}

#[test]
fn after_a_kill_another_leads_within_twenty_seconds_and_after_a_release_at_the_next_look() {
    let killed = DURATION + RETRY;
    assert!(killed < Duration::from_secs(20));
    let mut standby = Candidate::new("b".to_owned());
    let held = |holder: &str, version: &str| {
        let holder = Some(holder.to_owned()).filter(|holder| !holder.is_empty());
        Some(LeaseState { holder, version: version.to_owned(), duration: DURATION })
    };
    // The last renewal was just before the look, the kill right after.
    standby.observed(held("a", "1"), Duration::ZERO);
    let mut now = Duration::ZERO;
    let took = loop {
        match standby.next(now) {
            LeaseAction::Wait(wait) => now += wait,
            LeaseAction::Read => standby.observed(held("a", "1"), now),
            LeaseAction::Write => break now,
            LeaseAction::Lost => panic!("it never led"),
        }
    };
    assert_eq!(took, DURATION);
    standby.observed(held("", "2"), now);
    assert_eq!(standby.next(now), LeaseAction::Write);
}
