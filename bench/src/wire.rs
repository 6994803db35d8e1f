//! Bytes per position on the wire, JSON and binary, in batches, as a table in Markdown.
//!
//! The bytes are those of the gateway's encoders and of its WebSocket library's framing, for positions of the motion model: 200
//! deliveries, each on its own route within ten kilometres of its start, each at a random point of the route. Nothing is sent, so it
//! needs no cluster. It imports the gateway, since it measures its encoders.

use std::sync::Arc;

use anyhow::{Context, Result};
use delivery_gateway::model::delivery::{About, Delivery, Phase};
use delivery_gateway::model::position::{Base, Fix};
use delivery_gateway::model::record::PlanOrigin;
use delivery_gateway::protocol::binary::{BinaryFrame, BinaryPosition};
use delivery_gateway::protocol::cursor::LogId;
use delivery_gateway::protocol::encoded_position::EncodedPosition;
use delivery_gateway::protocol::frames;
use delivery_messages::records::partitioner;
use delivery_messages::{LngLat, Millis};
use delivery_motion::geodesy::{course_degrees, destination, distance_meters};
use delivery_motion::{Drive, Model, Motion, Path};
use fastrand::Rng;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WebSocketFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const DELIVERIES: u32 = 200;
/// As the chart creates the topic.
const PARTITIONS: usize = 6;
const INTERVAL: u32 = 500;
const START: Millis = 1_795_340_100_000;
/// All routes begin within a few kilometres of here.
const HOME: LngLat = [-47.9277, -15.8265];
/// How far a route may lead from its beginning, in metres.
const REACH: f64 = 10_000.0;
const BATCHES: [usize; 3] = [1, 10, 100];
/// How many messages are measured for each figure.
const MESSAGES: usize = 1_000;
const TARGET: f64 = 16.0;

/// A delivery at a point of its route.
struct Sample {
    partition: usize,
    moved: EncodedPosition,
    record: BinaryPosition,
}

/// Encodes positions as one message; returns its size in bytes.
type Measure = fn(&[&Sample], &mut Rng) -> usize;

const FORMS: [(&str, Measure); 4] = [
    ("JSON, `latest`", json_latest),
    ("JSON, `all`, with the cursor", json_all),
    ("binary, `latest`", binary_latest),
    ("binary, `all`, with the cursor", binary_all),
];

/// Measures messages and prints the table.
///
/// # Errors
/// When a route cannot be driven or a position cannot be encoded.
pub(crate) fn measure(seed: u64) -> Result<()> {
    println!("| Bytes per position in messages of | 1 | 10 | 100 |");
    println!("| --- | ---: | ---: | ---: |");
    for (form, [one, ten, hundred]) in figures(seed)? {
        println!("| {form} | {one:.1} | {ten:.1} | {hundred:.1} |");
    }
    println!("\nBinary messages of 10 and more: the target is at most {TARGET} bytes per position.");
    Ok(())
}

/// For each form and batch size the mean over many messages, each with other random deliveries.
fn figures(seed: u64) -> Result<Vec<(&'static str, [f64; BATCHES.len()])>> {
    let mut rng = Rng::with_seed(seed);
    let samples: Vec<Sample> = (0..DELIVERIES).map(|number| sample(number, &mut rng)).collect::<Result<_>>()?;
    let mean = |measure: Measure, rng: &mut Rng, batch| {
        let bytes: usize = (0..MESSAGES).map(|_| measure(&rng.choose_multiple(&samples, batch), rng)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a few million bytes")]
        let mean = bytes as f64 / (MESSAGES * batch) as f64;
        mean
    };
    Ok(FORMS.into_iter().map(|(form, measure)| (form, BATCHES.map(|batch| mean(measure, &mut rng, batch)))).collect())
}

fn json_latest(samples: &[&Sample], _: &mut Rng) -> usize {
    json(samples, None)
}

fn json_all(samples: &[&Sample], rng: &mut Rng) -> usize {
    // Kafka's ids have 22 characters.
    let log = LogId { cluster: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(), topic: "3Db5QLSqSZieL3rJBUUegA".to_owned() };
    json(samples, Some(&log.cursor(&offsets(rng))))
}

fn json(samples: &[&Sample], cursor: Option<&str>) -> usize {
    message(frames::positions(samples.iter().map(|sample| sample.moved.data()), cursor), Data::Text)
}

fn binary_latest(samples: &[&Sample], _: &mut Rng) -> usize {
    filled(BinaryFrame::default(), samples)
}

/// Each partition advances by its number of positions.
fn binary_all(samples: &[&Sample], rng: &mut Rng) -> usize {
    let before = offsets(rng);
    let mut after = before;
    for sample in samples {
        after[sample.partition] += 1;
    }
    // Offsets only grow here, so there is a frame from one to the other.
    BinaryFrame::from_to(&before, &after).map_or(0, |frame| filled(frame, samples))
}

fn offsets(rng: &mut Rng) -> [i64; PARTITIONS] {
    [(); PARTITIONS].map(|()| rng.i64(0..10_000_000))
}

fn filled(mut frame: BinaryFrame, samples: &[&Sample]) -> usize {
    for sample in samples {
        frame.push(&sample.record);
    }
    message(frame.finish(), Data::Binary)
}

/// A server's message with its WebSocket header, in bytes.
fn message(payload: impl Into<Bytes>, data: Data) -> usize {
    WebSocketFrame::message(payload, OpCode::Data(data), true).len()
}

fn sample(number: u32, rng: &mut Rng) -> Result<Sample> {
    let path = route(rng);
    let speed_kmh = rng.u32(15..=90);
    let motion = Motion::ConstantSpeed { speed_kmh };
    let model = Model { motion, interval_milliseconds: INTERVAL, seed: 0, noise_meters: 0 };
    let drive = Drive::new(Arc::new(Path::new(&path).context("a route that can be driven")?), model)?;
    let seq = rng.u64(0..=drive.last_seq());
    let driven = drive.fix(seq);
    let fix = Fix {
        position: driven.position,
        seq,
        at: START + i64::try_from(seq)? * i64::from(INTERVAL),
        speed: driven.speed_meters_per_second,
        heading: driven.heading,
        progress: driven.progress,
        finished: driven.finished,
    };
    let id = delivery_id(rng);
    let base = Base::new(number, INTERVAL, path.first().copied(), Some(START), &fix);
    Ok(Sample {
        partition: usize::try_from(partitioner::partition(id.as_bytes(), i32::try_from(PARTITIONS)?))?,
        record: BinaryPosition::new(&base, &fix).context("a position that has a binary form")?,
        moved: EncodedPosition::new(&delivery(id, fix, base), fix, None),
    })
}

/// A route with many corners, turned back where it would lead too far.
fn route(rng: &mut Rng) -> Vec<LngLat> {
    let begin = destination(HOME, rng.f64() * 360.0, rng.f64() * 5_000.0);
    let (mut here, mut course) = (begin, rng.f64() * 360.0);
    let mut path = vec![here];
    for _ in 0..rng.u32(20..120) {
        course += rng.f64() * 160.0 - 80.0;
        let leg = 50.0 + rng.f64() * 450.0;
        if distance_meters(begin, destination(here, course, leg)) > REACH {
            course = course_degrees(here, begin);
        }
        here = destination(here, course, leg).map(|degrees| (degrees * 1e7).round() / 1e7);
        path.push(here);
    }
    path
}

/// An id like the uid of a Kubernetes object.
fn delivery_id(rng: &mut Rng) -> String {
    let digits = format!("{:032x}", rng.u128(..));
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

fn delivery(id: String, fix: Fix, base: Base) -> Delivery {
    let about = About {
        delivery_id: id,
        name: "primeiro".to_owned(),
        namespace: "default".to_owned(),
        request_id: None,
        route_id: "1".to_owned(),
        route: "default/primeiro@0123456789ab".to_owned(),
        courier: "moto-7".to_owned(),
        vehicle: "motorcycle".to_owned(),
        interval_milliseconds: INTERVAL,
        created_at: START,
        origin: PlanOrigin::default(),
    };
    Delivery {
        about: Arc::new(about),
        title: "Primeiro".into(),
        phase: Phase::Running,
        fix: Some(fix),
        start: Some(START),
        eta: Some(START + 1_800_000),
        ended: None,
        last_seq: None,
        base: Some(base),
        pod: None,
        events: Arc::default(),
    }
}

#[cfg(test)]
#[path = "tests/wire.rs"]
mod tests;
