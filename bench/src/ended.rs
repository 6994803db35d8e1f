//! What the gateway keeps of deliveries that have ended: bytes for each, and seconds to read them at a start.
//!
//! Their states, plans and paths are decoded and folded as after reading them from Kafka, in the gateway's order; reading them is not
//! included. They are made in small batches, so that they do not count themselves. Nothing is sent, so it needs no cluster. It
//! imports the gateway, since it measures its table.

use std::time::{Duration, Instant};

use anyhow::Result;
use delivery_gateway::model::record::{Raw, read};
use delivery_gateway::state::table::Table;
use delivery_messages::deliveries::catalogue;
use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Millis, Motion, Plan, PlanPhase, Route, State, StatePhase, Topic, encode};

use crate::memory;

const BATCH: u32 = 1_000;
const START: Millis = 1_795_340_100_000;
/// The time from one delivery to the next: a million in a week.
const STEP: Millis = 600;
/// The points of a delivery's own path: a position at each.
const POINTS: u32 = 121;
const TARGET_MIB: u64 = 512;
const TARGET_SECONDS: u64 = 60;

/// Folds them and prints what they cost.
///
/// # Errors
/// When a record cannot be encoded or decoded.
pub(crate) fn measure(deliveries: u32, cancelled: u32, own_paths: u32) -> Result<()> {
    let before = memory::own()?.0;
    let mut table = Table::default();
    let is_cancelled = |number: u32| number % 100 < cancelled;
    // Independent of who is cancelled.
    let has_path = |number: u32| number / 100 % 100 < own_paths;
    let of_delivery = |number: u32| move |value: Vec<u8>| Some((id(number), value));
    let state = |number| encode(&state(number, is_cancelled(number))).map(of_delivery(number));
    let plan = |number| encode(&plan(number, is_cancelled(number), has_path(number))).map(of_delivery(number));
    let path = |number| {
        let Some(path) = has_path(number).then(|| path(number)) else { return Ok(None) };
        encode(&path).map(|value| Some((path.key(), value)))
    };
    let mut took = fold(&mut table, deliveries, Topic::State, state)?;
    took += fold(&mut table, deliveries, Topic::Plan, plan)?;
    took += fold(&mut table, deliveries, Topic::Catalogue, path)?;
    let began = Instant::now();
    table.follow();
    table.evict(time(deliveries) + 3_600_000);
    took += began.elapsed();
    let (after, peak) = memory::own()?;
    let each = |kibibytes: u64| kibibytes.saturating_sub(before) * 1024 / u64::from(deliveries.max(1));
    println!(
        "{deliveries} ended deliveries, {cancelled} % cancelled, {own_paths} % with a path of their own: {} bytes each ({} at the \
         peak), {} MiB in all at the peak (target: below {TARGET_MIB}), {:.1} s (target: below {TARGET_SECONDS})",
        each(after),
        each(peak),
        peak / 1024,
        took.as_secs_f64()
    );
    Ok(())
}

/// When the records of a delivery were written.
fn time(number: u32) -> Millis {
    START + Millis::from(number) * STEP
}

/// A record's key and value.
type Pair = (String, Vec<u8>);

/// Decodes and folds the record of each delivery that has one in the topic; the time that this takes.
fn fold(
    table: &mut Table,
    deliveries: u32,
    topic: Topic,
    record: impl Fn(u32) -> serde_json::Result<Option<Pair>>,
) -> Result<Duration> {
    let mut took = Duration::ZERO;
    for first in (0..deliveries).step_by(BATCH as usize) {
        let numbers = first..deliveries.min(first + BATCH);
        let batch = numbers.map(|number| Ok((number, record(number)?))).collect::<Result<Vec<_>>>()?;
        let began = Instant::now();
        for (number, record) in &batch {
            let Some((key, value)) = record else { continue };
            let raw = Raw { key: Some(key.as_bytes()), value: Some(value), time: time(*number), ..Raw::default() };
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

fn name(number: u32) -> String {
    format!("primeiro-{number:08x}")
}

/// The path inside a Delivery.
fn path(number: u32) -> Route {
    let point = |step: u32| [-47.929_23 + f64::from(step) * 1e-4, -15.825_94];
    Route {
        id: catalogue::inline_id(&name(number)),
        namespace: "code-delivery".to_owned(),
        name: name(number),
        revision: "0123456789ab".to_owned(),
        version: 1,
        title: name(number),
        path: (0..POINTS).map(point).collect(),
        length_meters: 1_060.0,
        listed: false,
    }
}

fn plan(number: u32, cancelled: bool, has_path: bool) -> Plan {
    let own = has_path.then(|| path(number));
    Plan {
        delivery_id: id(number),
        version: Plan::version_of(1, cancelled),
        phase: if cancelled { PlanPhase::Cancelled } else { PlanPhase::Accepted },
        name: name(number),
        namespace: "code-delivery".to_owned(),
        source: "code-delivery/code-delivery".to_owned(),
        request_id: Some(id(number)),
        client_id: "vX3kqQmT0rWbAAAB".to_owned(),
        route_id: own.as_ref().map_or_else(|| "1".to_owned(), |own| own.id.clone()),
        route: own.map_or_else(|| catalogue::key("code-delivery", "primeiro", "0123456789ab"), |own| own.key()),
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
