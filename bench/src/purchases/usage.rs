//! The processor time and the memory of the three services while everything else is measured, and the processor time of the servers that
//! they need most. This machine must be the node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::processes::{self, Process, TICKS};

const SERVICES: [&str; 3] = ["code-delivery-purchases", "code-delivery-invoices", "code-delivery-notifications"];
/// The servers whose programs are theirs alone.
const SERVERS: [&str; 2] = ["mongodb", "mailpit"];
const LOOK: Duration = Duration::from_millis(500);
/// The target of the working set, KiB.
const TARGET: u64 = 24 * 1024;

/// What was seen of each program so far; a clone shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage(Arc<Mutex<BTreeMap<&'static str, Tally>>>);

/// The processor time of each program, seconds.
pub(super) type Times = BTreeMap<&'static str, f64>;

/// What was seen of one program.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tally {
    /// Of each process, when it was looked at last.
    ticks: BTreeMap<u32, f64>,
    /// Whether it was looked at before.
    is_begun: bool,
    /// The processor time of all processes since the first look, ticks.
    used: f64,
    /// The largest of any process, KiB; of the working set, of any process's container.
    working_set: u64,
    resident: u64,
    anonymous: u64,
}

impl Tally {
    /// Takes what the program's processes are now.
    fn take(&mut self, processes: &[Process]) {
        for process in processes {
            let before = match self.ticks.insert(process.pid, process.ticks) {
                Some(before) => before,
                // It has begun since the last look, and has used nothing before.
                None if self.is_begun => 0.0,
                None => process.ticks,
            };
            self.used += (process.ticks - before).max(0.0);
            self.working_set = self.working_set.max(process.working_set);
            self.resident = self.resident.max(process.resident);
            self.anonymous = self.anonymous.max(process.anonymous);
        }
        self.is_begun = true;
    }
}

impl Usage {
    /// Looks forever.
    pub(super) async fn watch(self) {
        loop {
            self.look();
            tokio::time::sleep(LOOK).await;
        }
    }

    fn look(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for program in SERVICES.into_iter().chain(SERVERS) {
            // What cannot be read now is read next time.
            if let Ok(processes) = processes::named(program) {
                all.entry(program).or_default().take(&processes);
            }
        }
    }

    /// The processor time so far.
    pub(super) fn times(&self) -> Times {
        self.look();
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(program, tally)| (*program, tally.used / TICKS)).collect()
    }

    /// Prints the processor time that something took since then.
    pub(super) fn print_times(&self, what: &str, since: &Times) {
        let used = |(program, now): (&'static str, f64)| {
            let seconds = now - since.get(program).copied().unwrap_or_default();
            format!("{} {seconds:.1} s", program.trim_start_matches("code-delivery-"))
        };
        let all: Vec<String> = self.times().into_iter().map(used).collect();
        println!("processor time of {what}: {}", all.join(", "));
    }

    /// Prints the memory of each service.
    pub(super) fn print_memory(&self) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for service in SERVICES {
            match all.get(service).filter(|tally| tally.resident > 0) {
                Some(Tally { working_set: 0, resident, anonymous, .. }) => println!(
                    "{service}: the kernel does not tell the working set of its container; at most {resident} KiB resident, at most {anonymous} KiB of it anonymous"
                ),
                Some(Tally { working_set, resident, anonymous, .. }) => println!(
                    "{service}: a working set of at most {working_set} KiB  (target: under {TARGET} KiB); at most {resident} KiB resident, at most {anonymous} KiB of it anonymous"
                ),
                None => println!("{service}: no process of it is on this machine"),
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/usage.rs"]
mod tests;
