//! Reads a slice of the log for clients whose cursor is older than the ring.
//!
//! Repeats are left out as in the stream; to recognise them, reading starts some records before the first client's position. Who gets
//! the slice is left to [`super::backlog`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::{Bounds, Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{Millis, NewPosition, Topic};
use rdkafka::Offset;
use rdkafka::message::Message;
use tokio::time::timeout;

use crate::ingest::batch::decode;
use crate::model::delivery::Delivery;
use crate::model::position::Fix;
use crate::model::record::{Record, RecordOffset};
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;
use crate::stream::live::Live;
use crate::stream::publication::change_set::ChangeSet;
use crate::stream::publication::chunk::Chunk;
use crate::stream::publication::ring::BATCH;
use crate::stream::publication::snapshot::DeliverySnapshot;

/// The client id of the reader.
const PURPOSE: &str = "code-delivery-gateway";
/// About how many records a slice has at most. A client that does not read holds one slice.
const SLICE: usize = 1_000;
/// How many records of each partition are read before the first client's position, to recognise repeats.
const LOOK_BACK: i64 = 1_000;
/// How long Kafka may be silent before the slice is retried.
const SILENCE: Duration = Duration::from_secs(5);

/// A part of the log, with its new positions.
#[derive(Debug)]
pub(crate) struct Slice {
    pub chunks: Vec<Arc<Chunk>>,
    /// The position in the log after them.
    pub after: Arc<StreamPosition>,
}

/// Reads slices, one after the other.
pub(super) struct SliceReader {
    kafka: KafkaConfig,
    live: Arc<Live>,
    reading: Option<Reading>,
}

/// A reader, and what it has read so far.
struct Reading {
    reader: Reader,
    /// The next offset of each partition.
    at: Vec<i64>,
    /// The partitions that it reads.
    partitions: HashSet<i32>,
    /// The highest `seq` of each delivery.
    seen: HashMap<String, u64>,
}

impl SliceReader {
    pub(super) const fn new(kafka: KafkaConfig, live: Arc<Live>) -> Self {
        Self { kafka, live, reading: None }
    }

    /// Frees the connections and buffers of the reader.
    pub(super) fn rest(&mut self) {
        self.reading = None;
    }

    /// The slice from these offsets, while the ring begins at `tail`; none when Kafka does not respond. `bounds` has each partition in which
    /// something is before the ring.
    ///
    /// # Errors
    /// When Kafka fails in a way that a retry does not fix.
    pub(super) async fn slice(
        &mut self,
        from: &[i64],
        tail: &StreamPosition,
        bounds: &BTreeMap<i32, Bounds>,
    ) -> Result<Option<Arc<Slice>>, ReadError> {
        let needed: HashSet<i32> = (0..)
            .zip(from.iter().zip(tail.offsets()))
            .filter(|(_, (from, tail))| from < tail)
            .map(|(partition, _)| partition)
            .collect();
        let mut slice = SliceBuilder {
            live: &self.live,
            position: Arc::new(StreamPosition::new(Arc::clone(tail.log()), from)),
            views: Vec::new(),
            positions: Vec::new(),
            chunks: Vec::new(),
            sent: HashSet::new(),
        };
        if needed.is_empty() {
            return Ok(Some(Arc::new(slice.finish(from))));
        }
        let fits = |reading: &Reading| reading.at == from && needed.is_subset(&reading.partitions);
        let mut reading = match self.reading.take().filter(fits) {
            Some(reading) => reading,
            None => self.open(from, &needed, bounds)?,
        };
        let mut open: HashSet<i32> = needed;
        let mut count = 0;
        while count < SLICE && !open.is_empty() {
            let event = match timeout(SILENCE, reading.reader.next()).await {
                Err(_) => return Ok(None),
                Ok(event) => event?,
            };
            let message = match event {
                // The end of the log is reached; the rest is in the ring.
                Event::End { partition } => {
                    open.remove(&partition);
                    if let Some((at, tail)) = both(&mut reading.at, tail.offsets(), partition) {
                        *at = (*at).max(tail);
                    }
                    continue;
                }
                Event::Record(message) => message,
            };
            let record = RecordOffset { partition: message.partition(), offset: message.offset() };
            let Some((at, tail)) = both(&mut reading.at, tail.offsets(), record.partition) else { continue };
            let is_before = usize::try_from(record.partition)
                .ok()
                .and_then(|position| from.get(position))
                .is_some_and(|from| record.offset < *from);
            if !is_before {
                count += 1;
                *at = record.offset + 1;
            }
            if record.offset + 1 >= tail {
                open.remove(&record.partition);
            }
            let Ok(Some(Record::Position { position, time, .. })) = decode(Topic::NewPosition, &message) else {
                continue;
            };
            if !slice.can_have(&position, time) {
                continue;
            }
            let is_new = reading.seen.get(&position.delivery_id).is_none_or(|seen| *seen < position.seq);
            if is_new {
                reading.seen.insert(position.delivery_id.clone(), position.seq);
                if !is_before {
                    slice.push(&position.delivery_id, Fix::from(&*position), record, &reading.at);
                }
            }
        }
        let slice = slice.finish(&reading.at);
        self.reading = Some(reading);
        Ok(Some(Arc::new(slice)))
    }

    /// A reader of these partitions, from some records before `from`.
    fn open(&self, from: &[i64], needed: &HashSet<i32>, bounds: &BTreeMap<i32, Bounds>) -> Result<Reading, ReadError> {
        let topic = self.kafka.topic(Topic::NewPosition);
        let start = |(partition, from): (i32, &i64)| {
            let low = bounds.get(&partition)?.low;
            Some(Start { topic: topic.clone(), partition, offset: Offset::Offset((from - LOOK_BACK).max(low)) })
        };
        let needed_from = (0..).zip(from).filter(|(partition, _)| needed.contains(partition));
        let starts: Vec<_> = needed_from.filter_map(start).collect();
        let reader = Reader::open(&self.kafka, PURPOSE, &starts)?;
        Ok(Reading { reader, at: from.to_vec(), partitions: needed.clone(), seen: HashMap::new() })
    }
}

fn both<'a>(at: &'a mut [i64], tail: &[i64], partition: i32) -> Option<(&'a mut i64, i64)> {
    let partition = usize::try_from(partition).ok()?;
    Some((at.get_mut(partition)?, *tail.get(partition)?))
}

/// A slice that is being built.
struct SliceBuilder<'a> {
    live: &'a Live,
    /// Where the current chunk begins.
    position: Arc<StreamPosition>,
    views: Vec<Arc<DeliverySnapshot>>,
    positions: Vec<Arc<EncodedPosition>>,
    chunks: Vec<Arc<Chunk>>,
    /// Deliveries of the archive whose view is in this slice.
    sent: HashSet<String>,
}

impl SliceBuilder<'_> {
    /// Whether a position, written at that time, can be one of its delivery, as far as that is known.
    fn can_have(&self, position: &NewPosition, written: Millis) -> bool {
        let (id, published) = (&position.delivery_id, self.live.published());
        let delivery = published.delivery(id).map(|shown| &shown.delivery).or_else(|| published.archived(id));
        delivery.is_none_or(|delivery| delivery.limits().check(position.seq, position.at, written).is_ok())
    }

    /// Positions of a delivery that has been dropped are left out.
    fn push(&mut self, id: &str, fix: Fix, record: RecordOffset, at: &[i64]) {
        let Some(delivery) = self.delivery(id) else { return };
        self.positions.push(Arc::new(EncodedPosition::new(&delivery, fix, Some(record))));
        if self.positions.len() == BATCH {
            self.cut(at);
        }
    }

    fn delivery(&mut self, id: &str) -> Option<Delivery> {
        let published = self.live.published();
        if let Some(shown) = published.delivery(id) {
            return Some(shown.delivery.clone());
        }
        let delivery = published.archived(id)?.clone();
        drop(published);
        // It was not part of `resumed`.
        if self.sent.insert(id.to_owned()) {
            self.views.push(Arc::new(DeliverySnapshot::archived(delivery.clone())));
        }
        Some(delivery)
    }

    fn cut(&mut self, at: &[i64]) {
        let after = Arc::new(StreamPosition::new(Arc::clone(self.position.log()), at));
        let changes = ChangeSet {
            views: std::mem::take(&mut self.views),
            positions: std::mem::take(&mut self.positions),
            ..ChangeSet::default()
        };
        let before = std::mem::replace(&mut self.position, Arc::clone(&after));
        self.chunks.push(Arc::new(Chunk::new(u64::MAX, changes, before, after)));
    }

    fn finish(mut self, at: &[i64]) -> Slice {
        if !self.positions.is_empty() || self.position.offsets() != at {
            self.cut(at);
        }
        Slice { chunks: self.chunks, after: self.position }
    }
}
