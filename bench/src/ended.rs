//! What the gateway keeps of deliveries that have ended: bytes for each, and seconds to read them at a start.
//!
//! Their states and plans are decoded and folded as after reading them from Kafka, in the gateway's order; reading them is not
//! included. They are made in small batches, so that they do not count themselves. Nothing is sent, so it needs no cluster. It
//! imports the gateway, since it measures its table.

use std::time::{Duration, Instant};

use anyhow::Result;
use delivery_gateway::model::record::{Raw, read};
use delivery_gateway::state::table::Table;
use delivery_messages::deliveries::catalogue;
use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Millis, Motion, Plan, PlanPhase, State, StatePhase, Topic, encode};

use crate::memory;

const BATCH: u32 = 1_000;
const START: Millis = 1_795_340_100_000;
const TARGET_MIB: u64 = 512;
const TARGET_SECONDS: u64 = 60;

/// Folds them and prints what they cost.
///
/// # Errors
/// When a record cannot be encoded or decoded.
pub(crate) fn measure(deliveries: u32, cancelled: u32) -> Result<()> {
    let before = memory::own()?.0;
    let mut table = Table::default();
    let is_cancelled = |number: u32| number % 100 < cancelled;
    let state = |number| encode(&state(number, is_cancelled(number)));
    let plan = |number| encode(&plan(number, is_cancelled(number)));
    let mut took = fold(&mut table, deliveries, Topic::State, state)?;
    took += fold(&mut table, deliveries, Topic::Plan, plan)?;
    let began = Instant::now();
    table.follow();
    table.evict(START + Millis::from(deliveries) + 3_600_000);
    took += began.elapsed();
    let (after, peak) = memory::own()?;
    let each = |kibibytes: u64| kibibytes.saturating_sub(before) * 1024 / u64::from(deliveries.max(1));
    println!(
        "{deliveries} ended deliveries, {cancelled} % cancelled: {} bytes each ({} at the peak), {} MiB in all at the peak \
         (target: below {TARGET_MIB}), {:.1} s (target: below {TARGET_SECONDS})",
        each(after),
        each(peak),
        peak / 1024,
        took.as_secs_f64()
    );
    Ok(())
}

/// Decodes and folds the record of each delivery; the time that this takes.
fn fold(
    table: &mut Table,
    deliveries: u32,
    topic: Topic,
    value: impl Fn(u32) -> serde_json::Result<Vec<u8>>,
) -> Result<Duration> {
    let mut took = Duration::ZERO;
    for first in (0..deliveries).step_by(BATCH as usize) {
        let numbers = first..deliveries.min(first + BATCH);
        let batch = numbers.map(|number| Ok((number, id(number), value(number)?))).collect::<Result<Vec<_>>>()?;
        let began = Instant::now();
        for (number, id, value) in &batch {
            let time = START + Millis::from(*number);
            let raw = Raw { key: Some(id.as_bytes()), value: Some(value), time, ..Raw::default() };
            if let Some(record) = read(topic, raw, |_| None)? {
                table.fold(record);
            }
        }
        took += began.elapsed();
    }
    Ok(took)
}

/// An id like the uid of a Kubernetes object.
fn id(number: u32) -> String {
    format!("{number:08x}-5cde-4f05-9a7b-{:012x}", u64::from(number) * 0x9e37_79b9)
}

fn plan(number: u32, cancelled: bool) -> Plan {
    Plan {
        delivery_id: id(number),
        version: Plan::version_of(1, cancelled),
        phase: if cancelled { PlanPhase::Cancelled } else { PlanPhase::Accepted },
        name: format!("primeiro-{number:08x}"),
        namespace: "code-delivery".to_owned(),
        source: "code-delivery/code-delivery".to_owned(),
        request_id: Some(id(number)),
        client_id: "vX3kqQmT0rWbAAAB".to_owned(),
        route_id: "1".to_owned(),
        route: catalogue::key("code-delivery", "primeiro", "0123456789ab"),
        courier: "moto-7".to_owned(),
        vehicle: "motorcycle".to_owned(),
        motion: Motion::PointPerTick,
        interval_milliseconds: 500,
        seed: 0,
        noise_meters: 0,
        model: MODEL,
        created_at: START,
        resumed_at: None,
        events: Vec::new(),
    }
}

fn state(number: u32, cancelled: bool) -> State {
    let seq = 120;
    State {
        delivery_id: id(number),
        version: State::version_of(seq, !cancelled),
        phase: if cancelled { StatePhase::Running } else { StatePhase::Finished },
        start: START,
        seq,
        at: START + 60_000,
        position: Some([-47.927_65, -15.829_42]),
        speed: 8.33,
        heading: 112.6,
        progress: if cancelled { 0.5 } else { 1.0 },
        eta: START + 120_000,
        late_milliseconds: Some(0),
        partition: 3,
        offset: i64::from(number) * 120,
        reason: None,
        pod: None,
    }
}
