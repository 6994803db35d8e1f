//! What the plainest program does at a point, to show what no server can exceed there.
//!
//! Pure.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::point::Point;
use crate::fanout::floor::{POSITION, Setup};
use crate::fanout::server::Contestant;

/// It writes as many bytes, as often, as our gateway has; where that is not among the servers, a write for each position.
///
/// # Errors
/// When the gateway is to be measured and has failed, so that this must wait; when its figures are beyond what can be written.
pub(super) fn writes(point: Point, servers: &[Contestant], ours: Option<&Value>, seconds: u32) -> Result<Setup> {
    ensure!(
        ours.is_some() || !servers.contains(&Contestant::Gateway),
        "the plainest program writes what the gateway has written, which is not known yet"
    );
    let Point { clients, rate } = point;
    let mut setup = Setup { clients, rate, bytes: POSITION, seconds: point.seconds(seconds) };
    let of = |name: &str| ours.and_then(|figures| figures[name].as_u64()).filter(|count| *count > 0);
    if let (Some(reads), Some(bytes)) = (of("reads"), of("bytes")) {
        let each = u64::try_from(clients)? * u64::from(setup.seconds);
        // Rounded: a few writes that a client has read together do not halve the rate.
        setup.rate = u32::try_from(((reads + each / 2) / each.max(1)).max(1))?;
        setup.bytes = usize::try_from(bytes / reads)?.max(1);
    }
    Ok(setup)
}

#[cfg(test)]
#[path = "tests/limit.rs"]
mod tests;
