//! What a fault did beside what every fault is measured by: what recovered from it how soon, and what was not as expected. Pure, but for
//! the clock in [`time_until`].

use std::time::{Duration, Instant};

use serde::Serialize;

/// How long no delivery may have a position while something that it does not need is away. Vehicles report every two seconds, and the
/// machine is busy.
pub(crate) const STEADY: Duration = Duration::from_secs(15);
/// How long one question may take, and the pause before the next.
const ANSWER: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(500);

/// What was hit, and what a fault with a promise of its own showed.
#[derive(Debug)]
pub(crate) struct Hit {
    /// In a few words.
    pub(crate) target: String,
    pub(crate) trial: Option<Trial>,
}

impl From<String> for Hit {
    fn from(target: String) -> Self {
        Self { target, trial: None }
    }
}

/// Something that had to recover.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovered {
    /// A sentence without a full stop.
    what: String,
    /// How long it took, in seconds; absent: it had not within the limit.
    seconds: Option<f64>,
    /// How long it may take, in seconds.
    limit: f64,
}

/// What a fault showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trial {
    recovered: Vec<Recovered>,
    /// What was expected and what was seen instead.
    unexpected: Vec<String>,
}

impl Trial {
    /// Notes what was seen, unless it is what was expected.
    pub(crate) fn expect(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.unexpected.push(otherwise());
        }
    }

    /// Notes all of these as unexpected.
    pub(crate) fn object(&mut self, facts: impl IntoIterator<Item = String>) {
        self.unexpected.extend(facts);
    }

    /// Expects that no delivery was without a position for longer than [`STEADY`].
    pub(crate) fn steady(&mut self, longest: Duration, meanwhile: &str) {
        self.expect(longest <= STEADY, || {
            format!("a delivery had no position for {longest:.1?} while {meanwhile}; expected at most {STEADY:?}")
        });
    }

    /// Notes how long something took to recover; `None` if it had not within `limit`.
    pub(crate) fn recovered(&mut self, what: impl Into<String>, took: Option<Duration>, limit: Duration) {
        let seconds = took.filter(|took| *took <= limit).map(|took| took.as_secs_f64());
        self.recovered.push(Recovered { what: what.into(), seconds, limit: limit.as_secs_f64() });
    }

    /// What breaks the promise of the fault.
    pub(crate) fn objections(&self) -> Vec<String> {
        let late = self.recovered.iter().filter(|one| one.seconds.is_none());
        let late = late.map(|one| format!("expected within {:.0} s, but not so: {}", one.limit, one.what));
        self.unexpected.iter().cloned().chain(late).collect()
    }

    /// How long each recovery took.
    pub(crate) fn summary(&self) -> String {
        let parts: Vec<_> = self
            .recovered
            .iter()
            .map(|one| match one.seconds {
                Some(seconds) => format!("{} after {seconds:.1} s", one.what),
                None => format!("not within {:.0} s: {}", one.limit, one.what),
            })
            .collect();
        parts.join(", ")
    }
}

/// Asks again and again until something is so; returns how long that took, or nothing if it is not so within `limit`. A question that
/// is not answered within [`ANSWER`] is asked again.
pub(crate) async fn time_until(limit: Duration, mut is_so: impl AsyncFnMut() -> bool) -> Option<Duration> {
    let began = Instant::now();
    loop {
        let left = limit.checked_sub(began.elapsed())?;
        if tokio::time::timeout(left.min(ANSWER), is_so()).await == Ok(true) {
            return Some(began.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
#[path = "tests/trial.rs"]
mod tests;
