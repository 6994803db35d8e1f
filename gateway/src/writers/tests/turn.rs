//! A client between its task and its shard, against a plain model: the bytes that it must get.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers of a test are small")]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use prometheus_client::registry::Registry;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::metrics::Metrics;
use crate::model::delivery::Delivery;
use crate::model::record::RecordOffset;
use crate::model::status::{Availability, Status};
use crate::protocol::cursor::{LogId, StreamPosition};
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::subscription::{Form, Mode};
use crate::state::changes::{Change, Changes, Marks};
use crate::stream::clients::interest::Interest;
use crate::stream::live::Live;
use crate::stream::publication::published::Since;
use crate::testing::{fix, numbered};
use crate::writers::outgoing::{encode, select};

const DELIVERIES: usize = 3;
const PLACE: [f64; 2] = [-47.9, -15.8];

/// A socket with little room, and all that it has taken.
#[derive(Debug, Default)]
struct Pipe {
    room: Cell<usize>,
    taken: RefCell<Vec<u8>>,
}

impl Pipe {
    fn with_room(room: usize) -> Rc<Self> {
        Rc::new(Self { room: Cell::new(room), ..Self::default() })
    }
}

impl Socket for Rc<Pipe> {
    fn try_write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut count = 0;
        for part in parts {
            let room = part.len().min(self.room.get());
            self.taken.borrow_mut().extend_from_slice(&part[..room]);
            self.room.set(self.room.get() - room);
            count += room;
        }
        if count == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
    }
}

/// What is published.
struct Source {
    live: Live,
    began: Instant,
    seqs: [u64; DELIVERIES],
    offset: i64,
}

impl Source {
    fn new() -> Self {
        let live = Live::new(usize::MAX);
        live.begin(Arc::new(LogId::default()), vec![0]);
        Self { live, began: Instant::now(), seqs: [0; DELIVERIES], offset: 0 }
    }

    /// Publishes so many positions of all deliveries in turn, and perhaps a view of the first.
    fn publish(&mut self, count: usize, view: bool) {
        let mut changes = Changes { positions: count as u64, ..Changes::default() };
        let mut newest = HashMap::new();
        for _ in 0..count {
            let which = self.offset as usize % DELIVERIES;
            self.seqs[which] += 1;
            let record = RecordOffset { partition: 0, offset: self.offset };
            let position =
                Arc::new(EncodedPosition::new(&delivery(which, 0), fix(self.seqs[which], PLACE), Some(record)));
            changes.stream.push(Arc::clone(&position));
            newest.insert(which, position);
            self.offset += 1;
        }
        for which in 0..DELIVERIES {
            let newest = newest.remove(&which);
            let marks = Marks { view: view && which == 0, position: newest.is_some(), ..Marks::default() };
            if marks.view || marks.position {
                let delivery = Some(delivery(which, self.seqs[which]));
                changes.deliveries.push(Change { id: format!("d{which}").into(), delivery, marks, newest });
            }
        }
        self.live.publish(changes.into(), &[self.offset]);
    }

    fn place(&self, progress: Progress) -> Place {
        Place { progress, status: (self.live.status(), self.live.routes()), interest: None }
    }

    /// A client of the mode `all` that has nothing yet.
    fn all(&self) -> Place {
        let head = Arc::new(StreamPosition::new(Arc::new(LogId::default()), [0]));
        self.place(Progress::All(AllProgress {
            next: 0,
            position: Arc::clone(&head),
            sent_cursor: head,
            told: self.began,
        }))
    }

    fn latest(&self) -> Place {
        self.place(Progress::Latest(LatestProgress::default()))
    }

    fn walk(&self, turn: &mut Turn<Rc<Pipe>>, kind: Kind) -> bool {
        turn.serve(&mut Walk::new(&self.live, self.began), kind, &sent(kind), &mut Tally::default())
    }

    /// Everything that a client of the mode `all` gets.
    fn bytes(&self, kind: Kind) -> Vec<u8> {
        let chunks = self.live.published().ring.read(0, usize::MAX).unwrap();
        let parts: Vec<_> = chunks.iter().flat_map(|chunk| chunk.parts(kind, &chunk.before).unwrap()).collect();
        parts.concat()
    }

    /// What the task of a connection in the mode `all` does: it writes what the client lacks, however long that takes.
    fn catch_up_all(&self, turn: &mut Turn<Rc<Pipe>>, pipe: &Rc<Pipe>, kind: Kind) {
        let Some((mut place, rest)) = turn.take() else { panic!("nobody has the client") };
        let mut taken = pipe.taken.borrow_mut();
        if let Some(rest) = rest {
            taken.extend_from_slice(&rest.parts.concat());
        }
        let Progress::All(at) = &mut place.progress else { panic!("another mode") };
        for chunk in self.live.published().ring.read(at.next, usize::MAX).unwrap() {
            for part in chunk.parts(kind, &at.sent_cursor).unwrap() {
                taken.extend_from_slice(&part);
            }
            (at.next, at.position) = (chunk.number + 1, Arc::clone(&chunk.after));
            if kind.batch && !chunk.changes.positions.is_empty() {
                at.sent_cursor = Arc::clone(&chunk.after);
            }
        }
        *turn = Turn::Shard { socket: Rc::clone(pipe), place };
    }

    /// The same in the mode `latest`, with the report.
    fn catch_up_latest(&self, turn: &mut Turn<Rc<Pipe>>, pipe: &Rc<Pipe>, kind: Kind) {
        let Some((mut place, rest)) = turn.take() else { panic!("nobody has the client") };
        let mut taken = pipe.taken.borrow_mut();
        if let Some(rest) = rest {
            taken.extend_from_slice(&rest.parts.concat());
        }
        let Progress::Latest(at) = &mut place.progress else { panic!("another mode") };
        loop {
            let Since::Changed { deliveries, seen, more, total } = self.live.since(at.seen, 2) else {
                panic!("too old")
            };
            let selection = select(&deliveries, at.seen, None);
            taken.extend_from_slice(&encode(kind, &selection.messages).0);
            at.seen = seen;
            at.sent += selection.positions;
            if !more {
                at.conflate(total);
                (at.reported, at.reported_at) = (at.spared, Some(self.began));
                break;
            }
        }
        *turn = Turn::Shard { socket: Rc::clone(pipe), place };
    }
}

fn delivery(which: usize, seq: u64) -> Delivery {
    let number = u32::try_from(which).unwrap() + 1;
    Delivery { fix: Some(fix(seq, PLACE)), ..numbered(&format!("d{which}"), number) }
}

fn sent(kind: Kind) -> Sent {
    Metrics::new(&mut Registry::default()).sent(kind)
}

/// The JSON of the text frames.
fn frames(mut bytes: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        assert_eq!(bytes[0], 0x81, "a whole text frame");
        let (length, head) = match bytes[1] {
            126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            127 => (usize::try_from(u64::from_be_bytes(bytes[2..10].try_into().unwrap())).unwrap(), 10),
            short => (usize::from(short), 2),
        };
        found.push(serde_json::from_slice(&bytes[head..head + length]).unwrap());
        bytes = &bytes[head + length..];
    }
    found
}

const SINGLES: Kind = Kind { mode: Mode::All, form: Form::Json, batch: false };
const BATCHES: Kind = Kind { batch: true, ..SINGLES };
const BINARY: Kind = Kind { form: Form::Binary, ..BATCHES };

/// What happens to a client.
#[derive(Clone, Copy, Debug)]
enum Step {
    Publish(usize, bool),
    /// The shard goes past.
    Walk,
    /// The client reads so much.
    Read(usize),
    /// The task has something to do.
    Task,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..120_usize, any::<bool>()).prop_map(|(count, view)| Step::Publish(count, view)),
        4 => Just(Step::Walk),
        3 => (0..60_000_usize).prop_map(Step::Read),
        1 => Just(Step::Task),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However often the client goes from its task to its shard and back, and wherever its socket stops taking bytes: it gets what it
    /// would get from either alone.
    #[test]
    fn no_byte_is_lost_doubled_or_out_of_order_between_task_and_shard(steps in steps(), which in 0..3_usize) {
        let kind = [SINGLES, BATCHES, BINARY][which];
        let mut source = Source::new();
        let pipe = Pipe::with_room(5_000);
        let mut turn = Turn::Shard { socket: Rc::clone(&pipe), place: source.all() };
        for step in steps {
            match step {
                Step::Publish(count, view) => source.publish(count, view),
                Step::Walk => {
                    let was_lent = matches!(turn, Turn::Shard { .. });
                    let must_wake = source.walk(&mut turn, kind);
                    prop_assert_eq!(must_wake, was_lent && matches!(turn, Turn::Returned { .. }));
                }
                Step::Read(count) => pipe.room.set(pipe.room.get() + count),
                Step::Task => source.catch_up_all(&mut turn, &pipe, kind),
            }
        }
        source.catch_up_all(&mut turn, &pipe, kind);
        prop_assert!(*pipe.taken.borrow() == source.bytes(kind));
    }

    #[test]
    fn in_the_mode_latest_the_newest_comes_and_the_rest_is_counted(steps in steps(), batch in any::<bool>()) {
        let kind = Kind { mode: Mode::Latest, form: Form::Json, batch };
        let mut source = Source::new();
        let pipe = Pipe::with_room(5_000);
        let mut turn = Turn::Shard { socket: Rc::clone(&pipe), place: source.latest() };
        for step in steps {
            match step {
                Step::Publish(count, view) => source.publish(count, view),
                Step::Walk => {
                    source.walk(&mut turn, kind);
                }
                Step::Read(count) => pipe.room.set(pipe.room.get() + count),
                Step::Task => source.catch_up_latest(&mut turn, &pipe, kind),
            }
        }
        source.catch_up_latest(&mut turn, &pipe, kind);
        let mut newest = [0_u64; DELIVERIES];
        let mut count = 0;
        for frame in frames(&pipe.taken.borrow()) {
            let positions = match frame["event"].as_str().unwrap() {
                "new-position" => vec![frame["data"].clone()],
                "new-positions" => frame["data"]["positions"].as_array().unwrap().clone(),
                _ => continue,
            };
            for position in positions {
                let which: usize = position["deliveryId"].as_str().unwrap()[1..].parse().unwrap();
                let seq = position["seq"].as_u64().unwrap();
                prop_assert!(seq > newest[which], "{} after {}", seq, newest[which]);
                newest[which] = seq;
                count += 1;
            }
        }
        prop_assert_eq!(newest, source.seqs);
        let Some((Place { progress: Progress::Latest(at), .. }, _)) = turn.take() else { panic!("nobody has the client") };
        prop_assert_eq!(count + at.spared, source.seqs.iter().sum::<u64>());
    }
}

#[test]
fn a_client_that_needs_what_others_do_not_is_given_back() {
    let mut source = Source::new();
    let pipe = Pipe::with_room(usize::MAX);
    let lend = |place| Turn::Shard { socket: Rc::clone(&pipe), place };
    source.publish(2, true);
    source.live.set_status(Status { kafka: Availability::Unavailable, ..source.live.status() });
    let mut other_status = lend(Place { status: (Status::default(), 0), ..source.all() });
    let mut other_cursor = source.all();
    let Progress::All(at) = &mut other_cursor.progress else { panic!("another mode") };
    at.sent_cursor = Arc::new(StreamPosition::new(Arc::new(LogId::default()), [1]));
    let mut other_cursor = lend(other_cursor);
    let mut asleep = Turn::Asleep;
    for (turn, why) in [(&mut other_status, "the status"), (&mut other_cursor, "the cursor"), (&mut asleep, "asleep")] {
        assert!(source.walk(turn, BINARY), "{why}");
        assert!(!source.walk(turn, BINARY), "{why}: its task is woken once");
    }
    assert!(pipe.taken.borrow().is_empty(), "nothing was written to them");
    assert!(matches!(other_cursor.take(), Some((_, None))));
}

#[test]
fn a_filter_wakes_nobody_for_what_it_leaves_out() {
    let mut source = Source::new();
    let pipe = Pipe::with_room(0);
    let interest = |json: &str| Interest::new(&Arc::default(), serde_json::from_str(json).unwrap());
    let places: [fn(&Source) -> Place; 2] = [Source::all, Source::latest];
    for place in places {
        let lend = |interest| Turn::Shard { socket: Rc::clone(&pipe), place: Place { interest, ..place(&source) } };
        let mut away = lend(interest(r#"{"rectangle":[0,-1,10,1]}"#));
        let mut here = lend(interest(r#"{"rectangle":[-50,-20,-40,-10]}"#));
        source.publish(5, true);
        assert!(!source.walk(&mut away, SINGLES));
        assert!(source.walk(&mut here, SINGLES));
        assert!(matches!(&away, Turn::Shard { place: Place { progress, .. }, .. } if match progress {
            Progress::All(at) => at.position.offsets() == [source.offset],
            Progress::Latest(at) => at.seen == source.live.published().last(),
        }));
    }
}

#[test]
fn a_client_that_gets_positions_one_by_one_gets_its_cursor_with_them_once_a_second() {
    let mut source = Source::new();
    let pipe = Pipe::with_room(usize::MAX);
    let mut turn = Turn::Shard { socket: Rc::clone(&pipe), place: source.all() };
    for tenth in 0..30 {
        source.began += Duration::from_millis(100);
        source.publish(1, false);
        assert!(!source.walk(&mut turn, SINGLES), "{tenth}");
    }
    let events: Vec<_> = frames(&pipe.taken.borrow()).iter().map(|frame| frame["event"].clone()).collect();
    let cursors = events.iter().filter(|event| **event == "heartbeat").count();
    assert_eq!((events.len() - cursors, cursors), (30, 3));
    assert!(turn.told_lately(source.began) && !turn.told_lately(source.began + Duration::from_millis(500)));
    let Some((Place { progress: Progress::All(at), .. }, None)) = turn.take() else { panic!("it is up to date") };
    assert_eq!(at.sent_cursor.offsets(), [27], "the task has nothing to add until then");
}

#[test]
fn a_report_of_conflated_positions_is_left_to_the_task_and_is_due_every_few_seconds() {
    let mut source = Source::new();
    let kind = Kind { mode: Mode::Latest, ..SINGLES };
    let pipe = Pipe::with_room(usize::MAX);
    let mut turn = Turn::Shard { socket: Rc::clone(&pipe), place: source.latest() };
    source.publish(3, false);
    assert!(!source.walk(&mut turn, kind), "nothing was conflated");
    source.publish(30, false);
    assert!(source.walk(&mut turn, kind));
    source.catch_up_latest(&mut turn, &pipe, kind);
    source.publish(30, false);
    assert!(!source.walk(&mut turn, kind), "it was reported just now");
    source.began += Duration::from_secs(3);
    source.publish(1, false);
    assert!(source.walk(&mut turn, kind));
}
