//! What came of a run: how many inputs, and what the parser made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) took: Duration,
    /// The number of inputs with each outcome.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    /// The outcomes of the inputs of the corpus, as they are.
    pub(crate) kept: BTreeSet<&'static str>,
}

impl Report {
    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// Checks that the inputs go everywhere in the parser: each of these outcomes is that of an input in the corpus. What new inputs
    /// reach does not count, because how many there are depends on the machine.
    ///
    /// # Panics
    /// When the corpus has no input for one of them.
    #[track_caller]
    pub fn reached(&self, outcomes: &[&str]) {
        for outcome in outcomes {
            assert!(
                self.kept.contains(outcome),
                "No input in the corpus {} has the outcome {outcome}; add one that has. {self}",
                self.name
            );
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seed, took, outcomes, .. } = self;
        write!(formatter, "{name}: {} inputs in {:.1} s with FUZZ_SEED={seed}", self.inputs(), took.as_secs_f64())?;
        for (place, (outcome, count)) in outcomes.iter().enumerate() {
            write!(formatter, "{} {outcome} {count}", if place == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
