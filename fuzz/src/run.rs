//! Runs a parser on inputs, each within bounds on memory and time, until the time of the run is over.
//!
//! An input that the parser fails on is kept in the corpus, and the test fails with a message that says how to go on. What stops
//! the process itself, an overflow of the stack, cannot be kept; a run with the same `FUZZ_SEED` comes to it again.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use rustix::time::{ClockId, clock_gettime};

use crate::corpus;
use crate::megabyte::swollen;
use crate::mutation::mutated;
use crate::report::Report;

/// How long a run takes unless `FUZZ_SECONDS` says otherwise: short enough for a test among others.
const SECONDS: u64 = 1;
/// The processor time that one input may take; in a build without optimization, next to other tests.
const TIME: Duration = Duration::from_secs(1);
/// After this time an input counts as never coming to an end.
const STUCK: Duration = Duration::from_mins(1);
/// The memory that one input may take however short it is, bytes.
const MEMORY: u64 = 1024 * 1024;
/// The memory that one input may take, bytes for each of its own. A map with one entry, which JSON writes in five bytes, takes
/// some six hundred.
const MEMORY_PER_BYTE: u64 = 256;
/// The maximum number of inputs that new ones are made of.
const MAX_POOL: usize = 1_000;
/// The maximum number of inputs with a megabyte: without optimization, one takes a tenth of a second.
const MAX_SWOLLEN: usize = 32;

/// A fuzz test.
#[derive(Clone, Debug)]
pub struct Fuzz {
    name: String,
    folder: PathBuf,
    time: Duration,
    memory_per_byte: u64,
    swells: bool,
}

impl Fuzz {
    /// The test whose inputs are in `corpus/NAME` of the crate.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let (time, memory_per_byte) = (TIME, MEMORY_PER_BYTE);
        Self { name: name.to_owned(), folder: corpus::folder(name), time, memory_per_byte, swells: false }
    }

    /// Runs the parser on the inputs of the corpus with a megabyte in the place of a text as well: one text at a time, as far as that does
    /// not take too long. What is written of them must be bounded all the same.
    #[must_use]
    pub fn swollen(self) -> Self {
        Self { swells: true, ..self }
    }

    /// Lets an input take this many bytes of memory for each of its own.
    #[must_use]
    pub fn memory_per_byte(self, memory_per_byte: u64) -> Self {
        Self { memory_per_byte, ..self }
    }

    /// Runs the parser on the inputs of the corpus, then on inputs that are made of them. The parser returns the name of the
    /// outcome, such as the reason of an error; what must hold for every input it asserts.
    ///
    /// The environment variable `FUZZ_SECONDS` is how long that takes, and `FUZZ_SEED` repeats an earlier run.
    ///
    /// # Panics
    /// When the parser panics on an input, or takes too much memory or time.
    #[track_caller]
    pub fn run(self, mut parser: impl FnMut(&[u8]) -> &'static str) -> Report {
        let (seed, limit) = (number("FUZZ_SEED").unwrap_or_else(|| Rng::new().u64(..)), number("FUZZ_SECONDS"));
        let limit = Duration::from_secs(limit.unwrap_or(SECONDS));
        let (mut rng, mut pool) = (Rng::with_seed(seed), corpus::read(&self.folder));
        let (mut outcomes, mut known, mut kept) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let watch = Watch::begin(self.clone());
        let begun = Instant::now();
        let long = pool.iter().filter(|_| self.swells).flat_map(|input| swollen(input)).take(MAX_SWOLLEN);
        for input in long {
            watch.note(&input);
            let (outcome, _) = self.one(&input, seed, &mut parser);
            *outcomes.entry(outcome).or_default() += 1;
        }
        let mut next = 0;
        while next < pool.len() || begun.elapsed() < limit {
            // First those of the corpus as they are.
            let input = pool.get(next).cloned();
            next += 1;
            let is_new = input.is_none();
            let input = input.unwrap_or_else(|| mutated(&mut rng, &pool));
            watch.note(&input);
            let (outcome, allocations) = self.one(&input, seed, &mut parser);
            *outcomes.entry(outcome).or_default() += 1;
            if !is_new {
                kept.insert(outcome);
            }
            if known.insert((outcome, allocations.checked_ilog2())) && is_new && pool.len() < MAX_POOL {
                pool.push(input);
                next = pool.len();
            }
        }
        let report = Report { name: self.name, seed, took: begun.elapsed(), outcomes, kept };
        println!("{report}");
        report
    }

    /// Runs the parser on one input: the outcome, and the number of allocations.
    #[track_caller]
    fn one(&self, input: &[u8], seed: u64, parser: &mut impl FnMut(&[u8]) -> &'static str) -> (&'static str, u64) {
        let (mut outcome, begun) = (None, processor_time());
        let taken = allocation_counter::measure(|| {
            outcome = Some(catch_unwind(AssertUnwindSafe(|| parser(input))));
        });
        let took = processor_time().saturating_sub(begun);
        let memory = MEMORY + self.memory_per_byte * input.len() as u64;
        let problem = match outcome {
            Some(Err(payload)) => format!("it panicked: {}", message(&*payload)),
            _ if taken.bytes_max > memory => {
                format!("it took {} bytes of memory, and may take {memory}", taken.bytes_max)
            }
            _ if took > self.time => format!("it took {took:?} of processor time, and may take {:?}", self.time),
            Some(Ok(outcome)) => return (outcome, taken.count_total),
            None => unreachable!("the parser was run"),
        };
        panic!("{}", self.failure(input, &format!("FUZZ_SEED={seed}: {problem}")));
    }

    /// Keeps the input, and says how to go on.
    fn failure(&self, input: &[u8], problem: &str) -> String {
        let file = corpus::keep(&self.folder, input);
        let thread = std::thread::current();
        let test = thread.name().unwrap_or(&self.name);
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "PACKAGE".to_owned());
        format!(
            "{} failed on an input of {} bytes with {problem}.\nThe input is in {} of the crate, which the test begins with from now \
             on: run it again with cargo test -p {package} {test}, and commit that file with the mend, under a name that says what \
             was wrong.",
            self.name,
            input.len(),
            file.display()
        )
    }
}

/// Ends the process when an input never comes to an end.
struct Watch {
    current: Arc<(Mutex<Vec<u8>>, AtomicU64)>,
    /// The watch ends with it.
    _running: mpsc::Sender<()>,
}

impl Watch {
    fn begin(fuzz: Fuzz) -> Self {
        let current = Arc::new((Mutex::new(Vec::new()), AtomicU64::new(0)));
        let (running, ended) = mpsc::channel();
        let watched = Arc::clone(&current);
        std::thread::spawn(move || {
            let mut last = (0, Instant::now());
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let count = watched.1.load(Ordering::Relaxed);
                if count != last.0 {
                    last = (count, Instant::now());
                } else if last.1.elapsed() > STUCK {
                    let input = watched.0.lock().unwrap_or_else(PoisonError::into_inner);
                    eprintln!("{}", fuzz.failure(&input, &format!("no end after {STUCK:?}")));
                    std::process::exit(1);
                }
            }
        });
        Self { current, _running: running }
    }

    /// Another input is about to be run.
    fn note(&self, input: &[u8]) {
        let mut current = self.current.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.clear();
        current.extend_from_slice(input);
        self.current.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number in the environment.
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}; set it to an integer of at least 0."));
    Some(number)
}

/// The processor time of this thread: other tests and other programs do not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// What a panic says.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

#[cfg(test)]
#[path = "tests/run.rs"]
mod tests;
