//! How many vehicles one thread steps in a second: by the motion model alone, and as the process does it, with its heap of due times and each
//! message as JSON; only Kafka is left out.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use delivery_messages::Millis;
use delivery_simulator::delivery::plans::Delivery;
use delivery_simulator::delivery::records::{self, Message, RecordOffset};
use delivery_simulator::delivery::resume::ResumePoint;
use delivery_simulator::vehicles::fleet::Fleet;

/// How many times SUMO's updates is the target.
const TARGET: u32 = 50;
/// How many are stepped between two looks at the clock.
const BURST: u32 = 1_000;
/// How many records the fleet may have in flight; each is acknowledged at once.
const WINDOW: usize = 512;

/// A position's record.
///
/// # Errors
/// When there is no delivery, or its position cannot be encoded.
pub(super) fn sample(deliveries: &[Delivery]) -> Result<Vec<u8>> {
    let delivery = deliveries.first().context("no delivery")?;
    let seq = delivery.drive.last_seq() / 2;
    Ok(Message::Position(records::position(delivery, seq, jiff::Timestamp::now().as_millisecond())).value()?)
}

/// Steps the vehicles for so many seconds, twice.
///
/// # Errors
/// When a position cannot be encoded.
pub(super) fn measure(deliveries: Vec<Delivery>, start: Millis, seconds: u32, sumo: u32) -> Result<()> {
    let limit = Duration::from_secs(seconds.into());
    let moved = moved(&deliveries, limit);
    let driven = driven(deliveries, start, limit)?;
    let times = |rate: f64| rate / f64::from(sumo.max(1));
    println!(
        "vehicles stepped a second, the motion alone: {moved:.0}, {:.0} × SUMO (target: at least {TARGET} ×)",
        times(moved)
    );
    println!("vehicles stepped a second, with their messages as JSON: {driven:.0}, {:.0} × SUMO", times(driven));
    Ok(())
}

/// Each vehicle takes its next step, one after the other.
fn moved(deliveries: &[Delivery], limit: Duration) -> f64 {
    let mut steps = 0_u32;
    let mut turns = (0..).flat_map(|seq| deliveries.iter().map(move |delivery| (delivery, seq)));
    let began = Instant::now();
    while began.elapsed() < limit {
        for (delivery, seq) in turns.by_ref().take(BURST as usize) {
            black_box(delivery.drive.fix(seq));
        }
        steps = steps.saturating_add(BURST);
    }
    f64::from(steps) / began.elapsed().as_secs_f64()
}

fn driven(deliveries: Vec<Delivery>, start: Millis, limit: Duration) -> Result<f64> {
    let record = RecordOffset { partition: 0, offset: 0 };
    let started = deliveries.into_iter().map(|delivery| (delivery, ResumePoint::Started { start, last: None, record }));
    let now = jiff::Timestamp::now().as_millisecond();
    let mut fleet = Fleet::new(started.collect::<Vec<_>>(), now, WINDOW);
    let (mut steps, mut offset) = (0_u32, 0);
    let began = Instant::now();
    while began.elapsed() < limit {
        for _ in 0..BURST {
            let (sent, message) = fleet.next(now).context("nothing is due any more; give more plans")?;
            black_box(message.value()?);
            offset += 1;
            fleet.acknowledged(sent, 0, Some(offset), now);
        }
        steps = steps.saturating_add(BURST);
    }
    Ok(f64::from(steps) / began.elapsed().as_secs_f64())
}

#[cfg(test)]
#[path = "tests/steps.rs"]
mod tests;
