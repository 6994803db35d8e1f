//! The points of the grid, and the measurements that it consists of, in their order.
//!
//! Pure.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};

use crate::fanout::server::Contestant;

/// How many positions a point has at least in the measured time.
const POSITIONS: u32 = 40;
/// Where so few positions come to so many clients, each is a write to everyone.
const SPARSE: u32 = 20;
const MANY: usize = 1_000;

/// A load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) clients: usize,
    /// Positions a second.
    pub(super) rate: u32,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// A server at a point.
    Server { point: Point, contestant: Contestant, round: u32 },
    /// The plainest program at a point.
    Limit { point: Point, round: u32 },
    /// Connections to a server that sends nothing.
    Idle { connections: usize, contestant: Contestant },
}

impl FromStr for Point {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (clients, rate) = text.split_once('x').context("a point is CLIENTSxRATE, such as 200x400")?;
        let point = Self { clients: clients.parse()?, rate: rate.parse()? };
        ensure!(point.clients > 0 && point.rate > 0, "a point has at least one client and one position a second");
        Ok(point)
    }
}

impl Display for Point {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}", self.clients, self.rate)
    }
}

impl Point {
    /// How many deliveries the positions rotate through: a position of each comes every half second, or less often where there would be
    /// more than 200 of them.
    pub(super) fn deliveries(self) -> usize {
        usize::try_from(self.rate / 2).unwrap_or(usize::MAX).clamp(1, 200)
    }

    /// How long it is measured, when so many seconds are asked for.
    pub(super) fn seconds(self, asked: u32) -> u32 {
        asked.max(POSITIONS.div_ceil(self.rate.max(1)))
    }

    /// How many times the deliveries per CPU-second of the best peer are the target.
    pub(super) fn target(self) -> f64 {
        if self.rate == SPARSE && self.clients >= MANY { 1.5 } else { 2.0 }
    }
}

impl Cell {
    /// Its name in the results.
    pub(super) fn key(self) -> String {
        match self {
            Self::Server { point, contestant, round } => format!("{point}/{}/{round}", contestant.name()),
            Self::Limit { point, round } => format!("{point}/floor/{round}"),
            Self::Idle { connections, contestant } => format!("{connections} idle/{}", contestant.name()),
        }
    }

    /// About how long it takes: the start and the end of the server, the connections, and what is asked for.
    pub(super) fn estimate(self, warm_up: u32, seconds: u32) -> Duration {
        let connecting = |count: usize| Duration::from_millis(3) * u32::try_from(count).unwrap_or(u32::MAX);
        let asked = |seconds: u32| Duration::from_secs(seconds.into());
        match self {
            Self::Server { point, .. } => {
                Duration::from_secs(5) + connecting(point.clients) + asked(warm_up + point.seconds(seconds))
            }
            Self::Limit { point, .. } => Duration::from_secs(1) + asked(point.seconds(seconds)),
            Self::Idle { connections, .. } => Duration::from_secs(8) + connecting(connections),
        }
    }
}

/// All measurements. The servers take turns, so that what else the machine does affects all of them; the plainest program follows the
/// servers of its point, since it writes what our gateway has written. Connections that are sent nothing are the same in any form.
pub(super) fn cells(points: &[Point], servers: &[Contestant], idle: &[usize], rounds: u32) -> Vec<Cell> {
    let mut cells = Vec::new();
    for round in 1..=rounds {
        for point in points.iter().copied() {
            cells.extend(servers.iter().map(|contestant| Cell::Server { point, contestant: *contestant, round }));
            cells.push(Cell::Limit { point, round });
        }
    }
    for connections in idle.iter().copied().filter(|count| *count > 0) {
        let plain = servers.iter().copied().filter(|contestant| contestant.is_plain());
        cells.extend(plain.map(|contestant| Cell::Idle { connections, contestant }));
    }
    cells
}

#[cfg(test)]
#[path = "tests/point.rs"]
mod tests;
