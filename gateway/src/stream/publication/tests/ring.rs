//! The ring against a plain model: a list of everything that happened.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;

use super::*;
use crate::model::position::Fix;
use crate::model::record::RecordOffset;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames;
use crate::protocol::framing;
use crate::protocol::subscription::{Form, Kind, Mode};
use crate::stream::publication::snapshot::DeliverySnapshot;
use crate::testing::{self, delivery};

fn log() -> Arc<LogId> {
    Arc::new(LogId { cluster: "c".to_owned(), topic: "t".to_owned() })
}

fn ring(limit: usize, partitions: usize) -> Ring {
    let mut ring = Ring::new(limit);
    ring.begin(log(), vec![0; partitions]);
    ring
}

fn moved(seq: u64, partition: i32, offset: i64) -> Arc<EncodedPosition> {
    Arc::new(EncodedPosition::new(
        &delivery("d1"),
        testing::fix(seq, [-47.9, -15.8]),
        Some(RecordOffset { partition, offset }),
    ))
}

fn changes(positions: Vec<Arc<EncodedPosition>>) -> ChangeSet {
    ChangeSet { positions, ..ChangeSet::default() }
}

#[test]
fn positions_are_cut_into_batches_with_a_stream_position_after_each() {
    let mut ring = ring(usize::MAX, 2);
    let many = 2 * BATCH + 5;
    ring.push(changes((0..many as u64).map(|seq| moved(seq, 1, seq as i64 * 2)).collect()), &[0, 999]);
    let chunks = ring.read(0, usize::MAX).unwrap();
    assert_eq!(chunks.iter().map(|chunk| chunk.changes.positions.len()).collect::<Vec<_>>(), [BATCH, BATCH, 5]);
    assert_eq!(chunks[0].after.offsets(), [0, 2 * BATCH as i64 - 1]);
    assert!(Arc::ptr_eq(&chunks[0].after, &chunks[1].before));
    assert_eq!(chunks[2].after.offsets(), [0, 999], "records that brought nothing new are behind it too");
    assert_eq!(ring.next(), 3);
}

#[test]
fn its_span_is_the_time_from_its_first_position_to_its_last() {
    let mut ring = ring(usize::MAX, 1);
    let due = |seq, at| {
        let fix = Fix { at, ..testing::fix(seq, [-47.9, -15.8]) };
        Arc::new(EncodedPosition::new(&delivery("d1"), fix, None))
    };
    assert_eq!(ring.span(), 0);
    ring.push(
        ChangeSet { views: vec![Arc::new(DeliverySnapshot::archived(delivery("d1")))], ..ChangeSet::default() },
        &[0],
    );
    ring.push(changes(vec![due(0, 5_000)]), &[1]);
    assert_eq!(ring.span(), 0, "one position has none");
    ring.push(changes(vec![due(1, 5_200), due(2, 6_500)]), &[3]);
    assert_eq!(ring.span(), 1_500);
}

#[test]
fn views_come_first_and_ends_last() {
    let mut ring = ring(usize::MAX, 1);
    let shown = || vec![Arc::new(DeliverySnapshot::archived(delivery("d1")))];
    let positions = (0..=BATCH as u64).map(|seq| moved(seq, 0, seq as i64)).collect();
    ring.push(ChangeSet { views: shown(), positions, ends: shown(), gone: shown() }, &[BATCH as i64 + 1]);
    let chunks = ring.read(0, usize::MAX).unwrap();
    let counts = |chunk: &Chunk| (chunk.changes.views.len(), chunk.changes.ends.len(), chunk.changes.gone.len());
    assert_eq!(chunks.iter().map(|chunk| counts(chunk)).collect::<Vec<_>>(), [(1, 0, 0), (0, 1, 1)]);
    ring.push(ChangeSet { ends: shown(), ..ChangeSet::default() }, &[BATCH as i64 + 1]);
    assert_eq!(counts(&ring.read(2, 0).unwrap()[0]), (0, 1, 0), "a change without a position is sent all the same");
}

#[test]
fn a_cleared_ring_serves_clients_that_are_up_to_date_and_sends_the_others_to_kafka() {
    let mut ring = ring(usize::MAX, 1);
    ring.push(changes(vec![moved(0, 0, 0)]), &[1]);
    ring.push(changes(vec![moved(1, 0, 1)]), &[2]);
    assert_eq!(ring.clear().len(), 2);
    assert_eq!((ring.next(), ring.bytes(), ring.tail().offsets()), (2, 0, &[2_i64][..]));
    assert!(ring.read(1, usize::MAX).is_none(), "it fell off");
    assert!(ring.read(2, usize::MAX).unwrap().is_empty());
    assert_eq!((ring.locate(&[1]), ring.locate(&[2])), (Located::Before, Located::At(2)));
    ring.push(changes(vec![moved(2, 0, 2)]), &[3]);
    assert_eq!(ring.read(2, usize::MAX).unwrap().len(), 1);
}

#[test]
fn a_position_passes_records_that_brought_nothing_new() {
    let mut ring = ring(usize::MAX, 1);
    ring.push(ChangeSet::default(), &[7]);
    assert_eq!((ring.next(), ring.head().offsets()), (0, &[7][..]));
    assert_eq!(ring.locate(&[7]), Located::At(0));
}

/// The payload of a frame of 126 to 65,535 bytes.
fn payload(frame: &[u8]) -> &[u8] {
    assert_eq!(frame[1], 126);
    &frame[4..]
}

#[test]
fn each_form_of_a_chunk_is_made_once() {
    let mut ring = ring(usize::MAX, 1);
    ring.push(changes(vec![moved(0, 0, 0), moved(1, 0, 1)]), &[2]);
    let chunk = &ring.read(0, 9).unwrap()[0];
    assert_eq!(chunk.singles().as_ptr(), chunk.singles().as_ptr());
    assert_eq!(chunk.batch().as_ptr(), chunk.batch().as_ptr());
    assert_eq!(chunk.binary().unwrap().as_ptr(), chunk.binary().unwrap().as_ptr());
    let batch: serde_json::Value = serde_json::from_slice(payload(chunk.batch())).unwrap();
    assert_eq!(batch["data"]["positions"][1]["seq"], 1);
    assert_eq!(batch["data"]["cursor"], log().cursor(&[2]));
    let mut singles = Vec::new();
    for moved in &chunk.changes.positions {
        framing::append(Data::Text, &moved.frame(), &mut singles);
    }
    assert!(chunk.singles() == &singles, "each position in a frame of its own, one after the other");
    assert!(ring.bytes() >= 2 * chunk.batch().len() + chunk.singles().len());
}

#[test]
fn the_bytes_of_a_chunk_are_its_views_its_positions_and_its_ends() {
    let mut ring = ring(usize::MAX, 1);
    let shown = || vec![Arc::new(DeliverySnapshot::archived(delivery("d1")))];
    let positions = vec![moved(0, 0, 0), moved(1, 0, 1)];
    ring.push(ChangeSet { views: shown(), positions, gone: shown(), ..ChangeSet::default() }, &[2]);
    let chunk = &ring.read(0, 9).unwrap()[0];
    let text = |text: &[u8]| {
        let mut bytes = Vec::new();
        framing::append(Data::Text, &[text], &mut bytes);
        bytes
    };
    let view = text(shown()[0].view().as_bytes());
    let left = text(frames::left("d1").as_bytes());
    let kind = |form, batch| Kind { mode: Mode::All, form, batch };
    let elsewhere = StreamPosition::new(log(), [1]);
    for (kind, positions) in [
        (kind(Form::Json, false), chunk.singles()),
        (kind(Form::Json, true), chunk.batch()),
        (kind(Form::Binary, true), chunk.binary().unwrap()),
    ] {
        let parts = chunk.parts(kind, &chunk.before).unwrap();
        assert!(parts.iter().map(|part| &part[..]).eq([&view[..], &positions[..], &left[..]]), "{kind:?}");
        assert_eq!(chunk.parts(kind, &elsewhere).is_some(), kind.form == Form::Json, "{kind:?}: another cursor");
        assert_eq!(chunk.written(kind).frames, if kind.batch { 3 } else { 4 });
    }
    assert!(chunk.parts(kind(Form::Binary, false), &chunk.before).is_none(), "each has a cursor of its own");
}

#[test]
fn a_chunk_larger_than_the_ring_stays_until_the_next_one_comes() {
    let mut ring = ring(1, 1);
    ring.push(changes(vec![moved(0, 0, 0)]), &[1]);
    assert_eq!(ring.read(0, 9).unwrap().len(), 1);
    assert_eq!(ring.push(changes(vec![moved(1, 0, 1)]), &[2]).len(), 1);
    assert!(ring.read(0, 9).is_none(), "a client that is there has fallen off");
    assert_eq!(ring.locate(&[0]), Located::Before);
    assert_eq!(ring.locate(&[1]), Located::At(1));
    assert_eq!(ring.locate(&[3]), Located::Ahead(2));
}

/// Publications: the partitions of the positions of each, and how many records without effect follow in partition 0.
fn publishes() -> impl Strategy<Value = Vec<(Vec<usize>, i64)>> {
    prop::collection::vec((prop::collection::vec(0..3_usize, 0..8), 0..3_i64), 1..60)
}

proptest! {
    /// Clients that connect, lag, are disconnected and reconnect with a cursor, in a ring of any size: each gets every
    /// position after its cursor once and in the order of its partition, or learns that it is too late.
    #[test]
    fn a_client_gets_every_position_after_its_cursor_once(
        publishes in publishes(),
        limit in 1_000..60_000_usize,
        batch in 1..40_usize,
        cuts in prop::collection::vec(any::<bool>(), 60),
        reads in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut ring = ring(limit, 3);
        let mut offsets = [0_i64; 3];
        let mut next = Some(0_u64);
        let mut place = Arc::clone(ring.head());
        let mut skip = place.offsets().to_vec();
        let mut got: [Vec<i64>; 3] = Default::default();
        let mut all: [Vec<i64>; 3] = Default::default();
        for ((partitions, useless), (cut, read)) in publishes.into_iter().zip(cuts.into_iter().zip(reads)) {
            let mut positions = Vec::new();
            for partition in partitions {
                positions.push(moved(offsets[partition] as u64, partition as i32, offsets[partition]));
                all[partition].push(offsets[partition]);
                offsets[partition] += 1;
            }
            offsets[0] += useless;
            ring.push(changes(positions), &offsets);
            if cut {
                // Another connection, with the cursor of the previous one.
                next = match ring.locate(place.offsets()) {
                    Located::At(next) => Some(next),
                    Located::Before => None,
                    Located::Ahead(_) => return Err(TestCaseError::fail("a cursor of this ring is not ahead of it")),
                };
                skip = place.offsets().to_vec();
            }
            let chunks = next.filter(|_| read).map(|next| ring.read(next, batch));
            let Some(chunks) = chunks else { continue };
            let Some(chunks) = chunks else { next = None; continue };
            for chunk in &chunks {
                for moved in &chunk.changes.positions {
                    let record = moved.record.unwrap();
                    if record.offset >= skip[record.partition as usize] {
                        got[record.partition as usize].push(record.offset);
                    }
                }
                prop_assert!(chunk.after.covers(chunk.before.offsets()));
                place = Arc::new(chunk.after.or_later(&skip));
            }
            next = next.map(|next| next + chunks.len() as u64);
        }
        for partition in 0..3 {
            let expected: Vec<i64> =
                all[partition].iter().copied().filter(|offset| *offset < place.offsets()[partition]).collect();
            prop_assert_eq!(&got[partition], &expected, "partition {}", partition);
        }
        prop_assert!(ring.bytes() <= limit || ring.chunks.len() == 1);
        let weight: usize = ring.chunks.iter().map(|(weight, _)| weight).sum();
        prop_assert_eq!(weight, ring.bytes());
    }

    /// A replica that lags behind another leaves out what the client already got there.
    #[test]
    fn a_cursor_from_ahead_leads_to_what_comes_next(ahead in prop::collection::vec(0..20_i64, 3), behind in prop::collection::vec(0..20_i64, 3)) {
        let mut ring = ring(usize::MAX, 3);
        let cursor: Vec<i64> = ahead.clone();
        let mut got = Vec::new();
        let push = |ring: &mut Ring, from: &[i64], to: &[i64]| {
            let positions = (0..3).flat_map(|p| (from[p]..to[p]).map(move |offset| moved(offset as u64, p as i32, offset)));
            ring.push(changes(positions.collect()), to);
        };
        push(&mut ring, &[0, 0, 0], &behind);
        let (Located::At(next) | Located::Ahead(next)) = ring.locate(&cursor) else { panic!("it holds all") };
        push(&mut ring, &behind, &[30, 30, 30]);
        for chunk in ring.read(next, usize::MAX).unwrap() {
            got.extend(chunk.changes.positions.iter().map(|moved| moved.record.unwrap()).filter(|record| record.offset >= cursor[record.partition as usize]));
        }
        let count: i64 = cursor.iter().map(|offset| 30 - offset).sum();
        prop_assert_eq!(got.len() as i64, count);
        let distinct: std::collections::HashSet<_> = got.into_iter().collect();
        prop_assert_eq!(distinct.len() as i64, count);
    }
}
