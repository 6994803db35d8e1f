//! A step that has been carried out: its row in the table, and the promise that none was left out. What is looked at after a step is left to
//! [`super::report`] and [`super::purchases`]. Pure.

use serde::Serialize;

use super::judge::{self, Promise};

/// The width of the column with what was hit.
const TARGET: usize = 44;

/// What was seen after a step.
pub(crate) trait Seen {
    /// Its columns of the table.
    fn columns(&self) -> String;

    /// Further lines below them.
    fn below(&self) -> String {
        String::new()
    }
}

/// A step that has been carried out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Done<S> {
    /// Seconds since the run began.
    pub(crate) at: f64,
    /// Its description.
    #[serde(rename = "harm")]
    pub(crate) fault: &'static str,
    /// What was hit, or why nothing was.
    pub(crate) target: String,
    /// Whether something was hit.
    #[serde(rename = "done")]
    pub(crate) hit: bool,
    #[serde(flatten)]
    pub(crate) seen: S,
}

impl<S: Seen> Done<S> {
    /// Its row of the table.
    pub(crate) fn row(&self) -> String {
        let Self { at, fault, target, hit, seen } = self;
        if !hit {
            return format!("{at:>6.0}  {fault:<28} not done: {target}");
        }
        let target: String = if target.chars().count() > TARGET {
            target.chars().take(TARGET - 1).chain(['…']).collect()
        } else {
            target.clone()
        };
        format!("{at:>6.0}  {fault:<28} {target:<TARGET$} {}{}", seen.columns(), seen.below())
    }
}

/// The header of the table, before the columns of what was seen.
pub(crate) fn head(columns: &str) -> String {
    format!("{:>6}  {:<28} {:<TARGET$} {columns}", "TIME", "WHAT", "WHICH")
}

/// Seconds in a column; a dash for what did not come in time.
pub(crate) fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// No step was left out.
pub(crate) fn carried_out<S>(steps: &[Done<S>]) -> Promise {
    let missed = steps.iter().filter(|step| !step.hit);
    let missed = missed.map(|step| format!("{} at {:.0} s: {}", step.fault, step.at, step.target)).collect();
    judge::carried_out(steps.len(), missed)
}

#[cfg(test)]
#[path = "tests/step.rs"]
mod tests;
