//! What a finished delivery must have left in the log: every position once, in order, and where its plan implies.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use delivery_messages::{NewPosition, StatePhase};
use delivery_motion::{Drive, Path};

use crate::log::Log;

/// A complete delivery.
#[derive(Debug)]
pub struct Complete {
    /// The positions, without repeats.
    pub positions: Vec<NewPosition>,
    /// How many records repeated an earlier one.
    pub repeats: usize,
}

/// Recomputes a finished delivery from its plan and compares the log with it.
///
/// # Errors
/// The first difference.
pub async fn complete(log: &Log, delivery: &str) -> Result<Complete> {
    let state = log.state(delivery, |state| state.phase == StatePhase::Finished).await?;
    let plan = log.newest_plan(delivery).await?;
    let route = log.route(&plan).await?;
    let drive = Drive::of_plan(&plan, Arc::new(Path::new(&route.path)?))?;

    let mut by_seq: BTreeMap<u64, (NewPosition, Vec<u8>)> = BTreeMap::new();
    let (mut positions, mut repeats) = (Vec::new(), 0);
    for (position, bytes) in log.positions(delivery).await? {
        if let Some((_, first)) = by_seq.get(&position.seq) {
            ensure!(*first == bytes, "seq {} of {delivery} is repeated with other bytes", position.seq);
            repeats += 1;
            continue;
        }
        let next = u64::try_from(positions.len())?;
        ensure!(position.seq == next, "after seq {next} - 1 of {delivery} comes {}", position.seq);
        let fix = drive.fix(position.seq);
        ensure!(
            fix.position.map(f64::to_bits) == position.position.map(f64::to_bits),
            "seq {next} of {delivery} is at {:?}, not {:?}",
            position.position,
            fix
        );
        ensure!(fix.finished == position.finished, "seq {next} of {delivery} says finished: {}", position.finished);
        ensure!(plan.route_id == position.route_id, "seq {next} of {delivery} is of route {}", position.route_id);
        positions.push(position.clone());
        by_seq.insert(position.seq, (position, bytes));
    }
    let expected = drive.last_seq() + 1;
    ensure!(u64::try_from(positions.len())? == expected, "{delivery} has {} positions of {expected}", positions.len());
    let interval = i64::from(plan.interval_milliseconds);
    for pair in positions.windows(2) {
        let late = pair[1].at - pair[0].at - interval;
        ensure!(late >= 0, "seq {} of {delivery} is due too early", pair[1].seq);
        // Only a suspension postpones what was due, neither an outage of its pod nor one of Kafka.
        ensure!(late == 0 || plan.resumed_at.is_some(), "seq {} of {delivery} is due {late} ms late", pair[1].seq);
    }
    let last = positions.last().context("a delivery has at least one position")?;
    let end = route.path.last().context("a route has points")?;
    ensure!(last.position.map(f64::to_bits) == end.map(f64::to_bits), "{delivery} does not end at its last point");
    ensure!(state.seq == i64::try_from(drive.last_seq())?, "the final state of {delivery} is of seq {}", state.seq);
    Ok(Complete { positions, repeats })
}
