//! What a person should know about long straight lines between the points of a file. Pure.

use delivery_motion::geodesy::distance_meters;

use super::track::Point;

/// A shorter step, in metres, is never a hole.
const MIN_HOLE: f64 = 500.0;
/// A hole is this many times as long as half of the steps.
const LONGER_THAN_USUAL: f64 = 20.0;
/// Points that are farther apart on average, in metres, leave the streets between them to chance.
const SPARSE: f64 = 500.0;

/// The straight line from a point to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) meters: f64,
    /// The number of the point where it begins, from 0.
    pub(crate) index: usize,
    /// The line of the file where it begins, if it is known.
    pub(crate) line: Option<usize>,
}

/// The steps between the points.
pub(crate) fn steps(points: &[Point]) -> Vec<Step> {
    let pairs = points.iter().zip(points.iter().skip(1)).enumerate();
    pairs
        .map(|(index, (from, to))| Step { meters: distance_meters(from.position, to.position), index, line: from.line })
        .collect()
}

/// `The track "Lake"`, or `The track` without a name.
pub(crate) fn called(kind: &str, name: Option<&str>) -> String {
    name.map_or_else(|| format!("The {kind}"), |name| format!("The {kind} {name:?}"))
}

/// A remark about holes: steps that are far longer than the others, as where a recording was interrupted.
pub(crate) fn holes(called: &str, steps: &[Step]) -> Option<String> {
    let mut lengths: Vec<_> = steps.iter().map(|step| step.meters).collect();
    lengths.sort_by(f64::total_cmp);
    let usual = lengths.get(lengths.len() / 2)?;
    let is_hole = |step: &&Step| step.meters >= MIN_HOLE && step.meters > usual * LONGER_THAN_USUAL;
    let holes: Vec<_> = steps.iter().filter(is_hole).collect();
    let longest = holes.iter().max_by(|one, other| one.meters.total_cmp(&other.meters))?;
    let place =
        longest.line.map_or_else(|| format!("point {}", longest.index), |line| format!("line {line} of the file"));
    let kilometers = longest.meters / 1_000.0;
    Some(match holes.len() {
        1 => format!("{called} has a hole of {kilometers:.2} km after {place}; a straight line crosses it."),
        count => {
            format!(
                "{called} has {count} holes, the longest of {kilometers:.2} km after {place}; straight lines cross them."
            )
        }
    })
}

/// A remark about points that are far apart.
pub(crate) fn sparse(called: &str, steps: &[Step]) -> Option<String> {
    let count = u32::try_from(steps.len()).ok().filter(|count| *count > 0)?;
    let average = steps.iter().map(|step| step.meters).sum::<f64>() / f64::from(count);
    (average > SPARSE).then(|| {
        format!(
            "{called} has only {} points, on average {:.2} km apart; straight lines join them, whatever lies between.",
            count + 1,
            average / 1_000.0
        )
    })
}

#[cfg(test)]
#[path = "tests/gaps.rs"]
mod tests;
