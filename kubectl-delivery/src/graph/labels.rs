//! Finds each label a place on its line where nothing else stands. Pure.

use super::layout::{HEIGHT, Placed};

/// Half of a label's height, with the space around it.
const HALF: f64 = 9.0;
/// The parts of a line at which a label may stand, from its middle outwards.
const STEPS: u8 = 20;
const STEP: f64 = 0.02;

/// A line: a cubic Bézier curve, by its two ends and the two points between that bend it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve(pub(super) [(f64, f64); 4]);

/// What is taken: the middle of a box, and half of its width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    middle: (f64, f64),
    half: (f64, f64),
}

/// The places that are taken by nodes and labels.
#[derive(Debug)]
pub(super) struct Labels(Vec<Area>);

impl Curve {
    /// The point after a part of the line, from 0 to 1.
    fn at(&self, part: f64) -> (f64, f64) {
        let left = 1.0 - part;
        let weights = [left.powi(3), 3.0 * left.powi(2) * part, 3.0 * left * part.powi(2), part.powi(3)];
        self.0
            .iter()
            .zip(weights)
            .fold((0.0, 0.0), |(x, y), (point, weight)| (x + point.0 * weight, y + point.1 * weight))
    }
}

impl Area {
    /// How much of both is the same, in square pixels.
    fn shared(&self, other: &Self) -> f64 {
        let along = |one: f64, half: f64, two: f64, other: f64| (half + other - (one - two).abs()).max(0.0);
        along(self.middle.0, self.half.0, other.middle.0, other.half.0)
            * along(self.middle.1, self.half.1, other.middle.1, other.half.1)
    }
}

impl Labels {
    /// Nothing but the nodes has a place.
    pub(super) fn new(nodes: &[Placed]) -> Self {
        let area = |node: &Placed| {
            let half = (node.width / 2.0, HEIGHT / 2.0);
            Area { middle: (node.x + half.0, node.y + half.1), half }
        };
        Self(nodes.iter().map(area).collect())
    }

    /// Gives a label of a width the place nearest to the middle of its line that is free, or the one that is least in the way of others.
    /// Returns the label's middle.
    pub(super) fn place(&mut self, line: &Curve, width: f64) -> (f64, f64) {
        let mut best: Option<(f64, Area)> = None;
        for step in 0..=STEPS {
            let aside = f64::from(step) * STEP;
            for part in [0.5 - aside, 0.5 + aside] {
                let area = Area { middle: line.at(part), half: (width / 2.0, HALF) };
                let shared: f64 = self.0.iter().map(|taken| taken.shared(&area)).sum();
                if best.is_none_or(|(least, _)| shared < least) {
                    best = Some((shared, area));
                }
            }
        }
        let Some((_, area)) = best else { return line.at(0.5) };
        self.0.push(area);
        area.middle
    }
}

#[cfg(test)]
#[path = "tests/labels.rs"]
mod tests;
