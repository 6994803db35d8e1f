//! Serves clients whose cursor is older than the ring: one reader for all of them, which reads the log in slices.
//!
//! A client requests the slice at its own position, gets it, and requests the next, until it has reached the ring; so a
//! slow client does not delay others, and clients that reconnect together share what is read. Repeats are left out as
//! in the stream; to recognise them, reading starts some records before the first client's position.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::{Bounds, Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::Topic;
use rdkafka::Offset;
use rdkafka::message::Message;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::change_set::ChangeSet;
use super::live::Live;
use super::ring::{BATCH, Chunk};
use super::snapshot::DeliverySnapshot;
use crate::ingest::follow;
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::model::delivery::Delivery;
use crate::model::position::Fix;
use crate::model::record::{Record, RecordOffset};
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;

/// The client id of the reader.
const PURPOSE: &str = "code-delivery-gateway";
/// About how many records a slice has at most. A client that does not read holds one slice.
const SLICE: usize = 1_000;
/// How many records of each partition are read before the first client's position, to recognise repeats.
const LOOK_BACK: i64 = 1_000;
/// How far apart clients may be to share a slice, in records of a partition.
const NEAR: i64 = 2_000;
/// How long Kafka may be silent before the slice is retried.
const SILENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

/// Why a client cannot resume from its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotResume {
    /// The cursor is older than Kafka's retention.
    TooOld,
    /// The cursor is beyond the end of the log: it belongs to another one.
    Mismatch,
}

/// A part of the log, with its new positions.
#[derive(Debug)]
pub(crate) struct Slice {
    pub chunks: Vec<Arc<Chunk>>,
    /// The position in the log after them.
    pub after: Arc<StreamPosition>,
}

/// The reply to a request.
pub(crate) type SliceResult = Result<Arc<Slice>, CannotResume>;

/// A client's request for a slice.
#[derive(Debug)]
pub(crate) struct SliceRequest {
    from: Arc<StreamPosition>,
    reply: oneshot::Sender<SliceResult>,
}

#[cfg(test)]
impl SliceRequest {
    pub(crate) fn from(&self) -> &StreamPosition {
        &self.from
    }

    pub(crate) fn reply(self, result: SliceResult) {
        let _ = self.reply.send(result);
    }
}

/// The handle of the reader. A connection has one request at a time, so no more wait than there are connections.
#[derive(Clone, Debug)]
pub(crate) struct Backlog(mpsc::UnboundedSender<SliceRequest>);

impl Backlog {
    /// A handle, and the receiving end for [`run`].
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<SliceRequest>) {
        let (requests, received) = mpsc::unbounded_channel();
        (Self(requests), received)
    }

    /// Requests the slice that begins at a position.
    pub(crate) fn request(&self, from: &Arc<StreamPosition>) -> oneshot::Receiver<SliceResult> {
        let (reply, result) = oneshot::channel();
        // Without a reader the request is dropped, and the client sees that.
        let _ = self.0.send(SliceRequest { from: Arc::clone(from), reply });
        result
    }
}

/// Serves requests until all clients are gone.
///
/// # Errors
/// When Kafka fails in a way that a retry does not fix.
pub(crate) async fn run(
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    live: Arc<Live>,
    metrics: Metrics,
    mut requests: mpsc::UnboundedReceiver<SliceRequest>,
) -> Result<(), ReadError> {
    let mut reader = SliceReader { kafka, offsets, live, metrics, reading: None };
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            // Without waiting clients, the reader's connections and buffers are freed.
            reader.reading = None;
            match requests.recv().await {
                Some(request) => waiting.push_back(request),
                None => return Ok(()),
            }
        }
        while let Ok(request) = requests.try_recv() {
            waiting.push_back(request);
        }
        waiting.retain(|request: &SliceRequest| !request.reply.is_closed());
        reader.metrics.backlog(waiting.len());
        let Some((group, from)) = group(&mut waiting) else { continue };
        if let Some(result) = reader.slice(&from).await? {
            for request in group {
                // A client that has left in the meantime needs no reply.
                let _ = request.reply.send(result.clone());
            }
        } else {
            tokio::time::sleep(RETRY).await;
            waiting.extend(group);
        }
        reader.metrics.backlog(waiting.len());
        // Clients that continue request the next slice at once; the reader waits for them.
        if waiting.is_empty()
            && let Ok(Some(request)) = timeout(RETRY, requests.recv()).await
        {
            waiting.push_back(request);
        }
    }
}

/// Takes the first request and all that are near it; they are served from the earliest of their positions.
fn group(waiting: &mut VecDeque<SliceRequest>) -> Option<(Vec<SliceRequest>, Vec<i64>)> {
    let first = waiting.pop_front()?;
    let base = first.from.offsets().to_vec();
    let mut from = base.clone();
    let (near, far): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|request| {
        request.from.offsets().iter().zip(&base).all(|(here, there)| (here - there).abs() <= NEAR)
    });
    *waiting = far.into();
    for request in &near {
        for (from, offset) in from.iter_mut().zip(request.from.offsets()) {
            *from = (*from).min(*offset);
        }
    }
    Some((std::iter::once(first).chain(near).collect(), from))
}

struct SliceReader {
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    live: Arc<Live>,
    metrics: Metrics,
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
    /// The slice from these offsets; none when Kafka does not respond.
    async fn slice(&mut self, from: &[i64]) -> Result<Option<SliceResult>, ReadError> {
        let Ok(bounds) = self.offsets.try_bounds().await else { return Ok(None) };
        let tail = Arc::clone(self.live.published().ring.tail());
        if let Some(reason) = cannot_resume(from, tail.offsets(), &bounds) {
            return Ok(Some(Err(reason)));
        }
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
            return Ok(Some(Ok(Arc::new(slice.finish(from)))));
        }
        let fits = |reading: &Reading| reading.at == from && needed.is_subset(&reading.partitions);
        let mut reading = match self.reading.take().filter(fits) {
            Some(reading) => reading,
            None => self.open(from, &needed, &bounds)?,
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
            let Ok(Some(Record::Position { position, .. })) = follow::decode(Topic::NewPosition, &message) else {
                continue;
            };
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
        Ok(Some(Ok(Arc::new(slice))))
    }

    /// A reader of these partitions, from some records before `from`.
    fn open(&self, from: &[i64], needed: &HashSet<i32>, bounds: &[Bounds]) -> Result<Reading, ReadError> {
        let topic = self.kafka.topic(Topic::NewPosition);
        let starts: Vec<_> = (0..)
            .zip(from.iter().zip(bounds))
            .filter(|(partition, _)| needed.contains(partition))
            .map(|(partition, (from, bounds))| Start {
                topic: topic.clone(),
                partition,
                offset: Offset::Offset((from - LOOK_BACK).max(bounds.low)),
            })
            .collect();
        let reader = Reader::open(&self.kafka, PURPOSE, &starts)?;
        Ok(Reading { reader, at: from.to_vec(), partitions: needed.clone(), seen: HashMap::new() })
    }
}

/// Why a client cannot resume, if so: `from` is its position, `tail` where the ring begins.
fn cannot_resume(from: &[i64], tail: &[i64], bounds: &[Bounds]) -> Option<CannotResume> {
    if from.iter().zip(bounds).any(|(from, bounds)| *from > bounds.high) {
        return Some(CannotResume::Mismatch);
    }
    let is_gone = |((from, tail), bounds): ((&i64, &i64), &Bounds)| from < tail && *from < bounds.low;
    from.iter().zip(tail).zip(bounds).any(is_gone).then_some(CannotResume::TooOld)
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
