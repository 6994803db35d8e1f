#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "coordinates in 1e-7 degrees are below 2^31, and everything else here below 2^53"
)]

use std::collections::HashMap;

use delivery_messages::{LngLat, Millis};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::testing;

/// A frame as a client decodes it.
#[derive(Debug, PartialEq)]
struct Decoded {
    advances: Vec<u64>,
    positions: Vec<(u32, Fix)>,
}

/// Decodes a frame as `docs/binary.md` describes; the error is its name in the golden vectors.
fn decode(frame: &[u8], bases: &HashMap<u32, Base>) -> Result<Decoded, &'static str> {
    let mut rest = frame;
    if byte(&mut rest)? != POSITIONS {
        return Err("version");
    }
    let advances = (0..number(&mut rest)?).map(|_| number(&mut rest)).collect::<Result<_, _>>()?;
    let mut positions = Vec::new();
    while !rest.is_empty() {
        let head = number(&mut rest)?;
        let base = u32::try_from(head >> 2).ok().and_then(|number| bases.get(&number)).ok_or("unknown")?;
        let seq = number(&mut rest)?;
        let shift = if head & 1 == 1 { signed(&mut rest)? } else { 0 };
        let mut position = [0.0; 2];
        for (degrees, origin) in position.iter_mut().zip(base.origin) {
            *degrees = (signed(&mut rest)? + (origin * PER_DEGREE).round() as i64) as f64 / PER_DEGREE;
        }
        let speed = number(&mut rest)? as f64 / KMH_PER_METRE_A_SECOND;
        let heading = f64::from(byte(&mut rest)?) * 360.0 / 256.0;
        let progress = number(&mut rest)? as f64 / PER_ROUTE;
        if position[0].abs() > 180.0 || position[1].abs() > 90.0 {
            return Err("position");
        }
        if progress > 1.0 {
            return Err("progress");
        }
        let at = (base.due(seq) + i128::from(shift)).try_into().map_err(|_| "time")?;
        let finished = head & 2 == 2;
        positions.push((base.number, Fix { position, seq, at, speed, heading, progress, finished }));
    }
    Ok(Decoded { advances, positions })
}

/// What a client makes of one position: its `seq`, its time, where it is, and whether it is the last.
pub(crate) fn read_back(position: &BinaryPosition, bases: &HashMap<u32, Base>) -> (u64, Millis, LngLat, bool) {
    let decoded = decode(&frame(&[*position]), bases).unwrap();
    let [(_, fix)] = decoded.positions[..] else { panic!("{decoded:?} is one position") };
    (fix.seq, fix.at, fix.position, fix.finished)
}

fn byte(rest: &mut &[u8]) -> Result<u8, &'static str> {
    let (first, others) = rest.split_first().ok_or("truncated")?;
    *rest = others;
    Ok(*first)
}

fn number(rest: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for place in 0..8 {
        let next = byte(rest)?;
        value |= u64::from(next & 0x7f) << (7 * place);
        if next < 0x80 {
            return if (next == 0 && place > 0) || value > LARGEST { Err("overlong") } else { Ok(value) };
        }
    }
    Err("overlong")
}

fn signed(rest: &mut &[u8]) -> Result<i64, &'static str> {
    let value = number(rest)?.cast_signed();
    Ok((value >> 1) ^ -(value & 1))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoldenBase {
    number: u32,
    origin: LngLat,
    origin_at: Millis,
    interval_milliseconds: u32,
}

#[derive(Deserialize)]
struct GoldenRecord {
    name: String,
    base: GoldenBase,
    fix: Value,
    hex: String,
    decoded: Value,
}

#[derive(Deserialize)]
struct GoldenFrame {
    name: String,
    told: Vec<i64>,
    after: Vec<i64>,
    records: Vec<usize>,
    hex: String,
}

#[derive(Deserialize)]
struct GoldenMalformed {
    name: String,
    hex: String,
    problem: String,
}

#[derive(Deserialize)]
struct Golden {
    records: Vec<GoldenRecord>,
    frames: Vec<GoldenFrame>,
    malformed: Vec<GoldenMalformed>,
}

/// The golden vectors, which the page's decoder is tested with as well.
fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../golden/binary.json")).unwrap()
}

impl GoldenRecord {
    fn base(&self) -> Base {
        let GoldenBase { number, origin, origin_at, interval_milliseconds } = self.base;
        Base { number, origin, at: origin_at, interval: interval_milliseconds }
    }

    /// The position, with its fields replaced by those of `other`.
    fn fix(&self, other: &Value) -> Fix {
        let of = |field: &str| other.get(field).unwrap_or_else(|| &self.fix[field]);
        let float = |field| of(field).as_f64().unwrap();
        Fix {
            position: serde_json::from_value(of("position").clone()).unwrap(),
            seq: of("seq").as_u64().unwrap(),
            at: of("at").as_i64().unwrap(),
            speed: float("speed"),
            heading: float("heading"),
            progress: float("progress"),
            finished: of("finished").as_bool().unwrap(),
        }
    }

    fn encoded(&self) -> BinaryPosition {
        BinaryPosition::new(&self.base(), &self.fix(&Value::Null)).unwrap()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap()).collect()
}

fn frame(records: &[BinaryPosition]) -> Vec<u8> {
    let mut frame = BinaryFrame::default();
    for record in records {
        frame.push(record);
    }
    frame.finish().to_vec()
}

#[test]
fn golden_positions_are_written_byte_for_byte_and_read_back() {
    for record in golden().records {
        assert_eq!(hex(record.encoded().as_bytes()), record.hex, "{}", record.name);
        let bases = HashMap::from([(record.base.number, record.base())]);
        let decoded = decode(&frame(&[record.encoded()]), &bases).unwrap();
        assert_eq!(decoded.positions, [(record.base.number, record.fix(&record.decoded))], "{}", record.name);
    }
}

#[test]
fn golden_frames_are_written_byte_for_byte() {
    let records = golden().records;
    for golden in golden().frames {
        let mut frame = BinaryFrame::from_to(&golden.told, &golden.after).unwrap();
        golden.records.iter().for_each(|record| frame.push(&records[*record].encoded()));
        assert_eq!(frame.positions(), golden.records.len());
        let bytes = frame.finish();
        assert_eq!(hex(&bytes), golden.hex, "{}", golden.name);
        let bases = records.iter().map(|record| (record.base.number, record.base())).collect();
        let mut cursor = golden.told.clone();
        for (offset, advance) in cursor.iter_mut().zip(decode(&bytes, &bases).unwrap().advances) {
            *offset += advance.cast_signed();
        }
        assert_eq!(cursor, golden.after, "{}", golden.name);
    }
}

#[test]
fn golden_malformed_frames_are_refused_with_their_reason() {
    let bases = golden().records.iter().map(|record| (record.base.number, record.base())).collect();
    for GoldenMalformed { name, hex, problem } in golden().malformed {
        assert_eq!(decode(&unhex(&hex), &bases), Err(problem.as_str()), "{name}");
    }
}

#[test]
fn a_base_counts_from_the_route_and_the_start_or_from_the_position_while_these_are_unknown() {
    let fix = testing::fix(4, [-47.912_345_67, -15.8]);
    let known = Base::new(7, 500, Some([-47.93, -15.82]), Some(testing::NOW - 3), &fix);
    assert_eq!(known, Base { number: 7, origin: [-47.93, -15.82], at: testing::NOW - 3, interval: 500 });
    let unknown = Base::new(7, 500, None, None, &fix);
    assert_eq!(unknown, Base { number: 7, origin: [-47.912_345_7, -15.8], at: testing::NOW, interval: 500 });
    assert!(BinaryPosition::new(&unknown, &fix).unwrap().as_bytes().len() <= 9, "it is its own origin");
    let hostile = Fix { seq: u64::MAX, at: Millis::MIN, ..fix };
    assert_eq!(Base::new(7, u32::MAX, None, None, &hostile).at, Millis::MIN);
}

#[test]
fn what_a_client_could_not_read_exactly_is_not_written() {
    let base = Base { number: 1, origin: [0.0, 0.0], at: 0, interval: 0 };
    let at = |seq, at| BinaryPosition::new(&base, &Fix { at, ..testing::fix(seq, [0.0, 0.0]) });
    assert!(at(LARGEST, 0).is_some());
    assert!(at(LARGEST + 1, 0).is_none());
    assert!(at(u64::MAX, 0).is_none());
    assert!(at(0, -(1 << 52)).is_some());
    assert!(at(0, 1 << 52).is_none());
    assert!(at(0, Millis::MAX).is_none());
    let far = Base { interval: u32::MAX, at: Millis::MAX, ..base };
    assert!(BinaryPosition::new(&far, &testing::fix(u64::MAX, [0.0, 0.0])).is_none());
}

#[test]
fn an_impossible_speed_heading_or_progress_becomes_the_nearest_possible_one() {
    let base = Base::new(0, 500, None, None, &testing::fix(0, [0.0, 0.0]));
    let odd = Fix { speed: -3.0, heading: -90.0, progress: 7.5, ..testing::fix(0, [0.0, 0.0]) };
    let bytes = frame(&[BinaryPosition::new(&base, &odd).unwrap()]);
    let (_, fix) = decode(&bytes, &HashMap::from([(0, base)])).unwrap().positions.remove(0);
    assert_eq!((fix.speed, fix.heading, fix.progress), (0.0, 270.0, 1.0));
}

#[test]
fn a_cursor_that_would_go_back_or_change_its_length_is_not_written() {
    assert!(BinaryFrame::from_to(&[5, 5], &[6, 4]).is_none());
    assert!(BinaryFrame::from_to(&[5, 5], &[6]).is_none());
    assert!(BinaryFrame::from_to(&[i64::MIN], &[i64::MAX]).is_none());
}

/// Bases with different numbers; positions anywhere on earth, rounded like those of the log.
fn deliveries() -> impl Strategy<Value = (Vec<Base>, Vec<Fix>)> {
    let degrees = || (-1_800_000_000_i64..=1_800_000_000, -900_000_000_i64..=900_000_000);
    let point = move || degrees().prop_map(|(lng, lat)| [lng as f64 / PER_DEGREE, lat as f64 / PER_DEGREE]);
    let base = (point(), 0..4_000_000_000_000_i64, any::<u32>());
    let fix = (point(), 0..1_u64 << 20, any::<i32>(), 0..9_000_u32, 0..3_600_u32, 0..=10_000_u32, any::<bool>());
    proptest::collection::vec((base, fix), 0..20).prop_map(|all| {
        let numbered = all.into_iter().enumerate().map(|(place, ((origin, at, interval), fix))| {
            let base = Base { number: u32::try_from(place * place * 997).unwrap(), origin, at, interval };
            let (position, seq, shift, speed, heading, progress, finished) = fix;
            let at = Millis::try_from(base.due(seq)).unwrap() + i64::from(shift);
            let [speed, heading] = [f64::from(speed) / 100.0, f64::from(heading) / 10.0];
            let fix = Fix { position, seq, at, speed, heading, progress: f64::from(progress) / PER_ROUTE, finished };
            (base, fix)
        });
        numbered.unzip()
    })
}

proptest! {
    #[test]
    fn every_position_comes_back_exact_but_for_speed_and_heading((bases, fixes) in deliveries()) {
        let records: Vec<_> = bases.iter().zip(&fixes).map(|(base, fix)| BinaryPosition::new(base, fix).unwrap()).collect();
        let known = bases.iter().map(|base| (base.number, *base)).collect();
        let decoded = decode(&frame(&records), &known).unwrap();
        prop_assert_eq!(decoded.positions.len(), fixes.len());
        for ((base, fix), (number, back)) in bases.iter().zip(&fixes).zip(decoded.positions) {
            prop_assert_eq!(number, base.number);
            prop_assert!((back.speed - fix.speed).abs() <= 0.5 / KMH_PER_METRE_A_SECOND + 1e-9);
            let turned = (back.heading - fix.heading + 540.0).rem_euclid(360.0) - 180.0;
            prop_assert!(turned.abs() <= 180.0 / 256.0 + 1e-9, "{} → {}", fix.heading, back.heading);
            prop_assert_eq!(back, Fix { speed: back.speed, heading: back.heading, ..*fix });
        }
    }

    #[test]
    fn a_cursor_is_carried_from_one_frame_to_the_next(steps in proptest::collection::vec([0_u32..3, 0_u32..200, 0_u32..100_000], 1..10)) {
        let (mut told, mut client) = ([7_i64, 0, 1 << 40], [7_i64, 0, 1 << 40]);
        for step in steps {
            let mut after = told;
            after.iter_mut().zip(step).for_each(|(offset, step)| *offset += i64::from(step));
            let decoded = decode(&BinaryFrame::from_to(&told, &after).unwrap().finish(), &HashMap::new()).unwrap();
            client.iter_mut().zip(decoded.advances).for_each(|(offset, advance)| *offset += advance.cast_signed());
            told = after;
            prop_assert_eq!(client, told);
        }
    }

    #[test]
    fn a_frame_cut_anywhere_but_between_positions_is_refused((bases, fixes) in deliveries()) {
        let records: Vec<_> = bases.iter().zip(&fixes).map(|(base, fix)| BinaryPosition::new(base, fix).unwrap()).collect();
        let known = bases.iter().map(|base| (base.number, *base)).collect();
        let whole = frame(&records);
        let mut ends = vec![2];
        for record in &records {
            ends.push(ends.last().unwrap() + record.as_bytes().len());
        }
        for length in 0..whole.len() {
            let decoded = decode(&whole[..length], &known);
            if let Some(count) = ends.iter().position(|end| *end == length) {
                prop_assert_eq!(decoded.unwrap().positions.len(), count);
            } else {
                prop_assert_eq!(decoded, Err("truncated"));
            }
        }
    }
}
