//! Serves clients that come back from before the ring: one reader for all of them, which reads the log in slices.
//!
//! A client asks for the slice at its own place, gets it, and asks again, until it is in the ring; so a slow one holds up
//! nobody, and those that come back together share what is read. Repeats are left out as the stream leaves them out, for which
//! reading begins some records before the first client's place.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::{Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::Topic;
use rdkafka::Offset;
use rdkafka::message::Message;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::ingest::follow;
use crate::ingest::offsets::{Bounds, Offsets};
use crate::metrics::Metrics;
use crate::model::delivery::Delivery;
use crate::model::position::Fix;
use crate::model::record::{Record, Slot};
use crate::protocol::cursor::Place;
use crate::protocol::encoded_position::Moved;
use crate::stream::change_set::News;
use crate::stream::live::Live;
use crate::stream::ring::{BATCH, Chunk};
use crate::stream::snapshot::Shown;

/// The client id of the reader.
const PURPOSE: &str = "code-delivery-gateway";
/// How many records a slice has at most, about. A client that does not read holds one slice.
const SLICE: usize = 1_000;
/// How many records of each partition are read before the first client's place, to know repeats as such.
const LOOK_BACK: i64 = 1_000;
/// How far apart clients may be to be served with one slice, records of a partition.
const NEAR: i64 = 2_000;
/// How long Kafka may be silent before a slice is begun anew.
const SILENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

/// Why a client cannot go on from its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The log does not reach back so far.
    TooOld,
    /// The log does not go so far.
    Mismatch,
}

/// A part of the log, with the positions that are new in it.
#[derive(Debug)]
pub struct Slice {
    /// The positions.
    pub chunks: Vec<Arc<Chunk>>,
    /// Where the log stands after them.
    pub after: Arc<Place>,
}

/// What a client gets.
pub type Reply = Result<Arc<Slice>, Trouble>;

/// A client's question.
#[derive(Debug)]
pub struct Ask {
    from: Arc<Place>,
    answer: oneshot::Sender<Reply>,
}

#[cfg(test)]
impl Ask {
    /// Where the client stands.
    #[must_use]
    pub fn from(&self) -> &Place {
        &self.from
    }

    /// Answers it.
    pub fn answer(self, reply: Reply) {
        let _ = self.answer.send(reply);
    }
}

/// The way to the reader. A connection asks one thing at a time, so no more wait than there are connections.
#[derive(Clone, Debug)]
pub struct Backlog(mpsc::UnboundedSender<Ask>);

impl Backlog {
    /// A way, and its end for [`run`].
    #[must_use]
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Ask>) {
        let (asks, received) = mpsc::unbounded_channel();
        (Self(asks), received)
    }

    /// Asks for the slice from a place on.
    #[must_use]
    pub fn ask(&self, from: &Arc<Place>) -> oneshot::Receiver<Reply> {
        let (answer, reply) = oneshot::channel();
        // Without a reader the answer is dropped, which the client notices.
        let _ = self.0.send(Ask { from: Arc::clone(from), answer });
        reply
    }
}

/// Answers clients until all of them are gone.
///
/// # Errors
/// When Kafka refuses for a reason that waiting does not mend.
pub async fn run(
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    live: Arc<Live>,
    metrics: Metrics,
    mut asks: mpsc::UnboundedReceiver<Ask>,
) -> Result<(), ReadError> {
    let mut source = Source { kafka, offsets, live, metrics, reading: None };
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            // Nobody needs the reader's connections and buffers.
            source.reading = None;
            match asks.recv().await {
                Some(ask) => waiting.push_back(ask),
                None => return Ok(()),
            }
        }
        while let Ok(ask) = asks.try_recv() {
            waiting.push_back(ask);
        }
        waiting.retain(|ask: &Ask| !ask.answer.is_closed());
        source.metrics.backlog(waiting.len());
        let Some((group, from)) = group(&mut waiting) else { continue };
        if let Some(reply) = source.slice(&from).await? {
            for ask in group {
                // Who has left in the meantime needs no answer.
                let _ = ask.answer.send(reply.clone());
            }
        } else {
            tokio::time::sleep(RETRY).await;
            waiting.extend(group);
        }
        source.metrics.backlog(waiting.len());
        // Those who were answered ask again at once, if they do; the reader waits for them.
        if waiting.is_empty()
            && let Ok(Some(ask)) = timeout(RETRY, asks.recv()).await
        {
            waiting.push_back(ask);
        }
    }
}

/// Takes the first client and all who are near it; they are served from the earliest of their places on.
fn group(waiting: &mut VecDeque<Ask>) -> Option<(Vec<Ask>, Vec<i64>)> {
    let first = waiting.pop_front()?;
    let base = first.from.offsets().to_vec();
    let mut from = base.clone();
    let (near, far): (Vec<_>, Vec<_>) = waiting
        .drain(..)
        .partition(|ask| ask.from.offsets().iter().zip(&base).all(|(here, there)| (here - there).abs() <= NEAR));
    *waiting = far.into();
    for ask in &near {
        for (from, offset) in from.iter_mut().zip(ask.from.offsets()) {
            *from = (*from).min(*offset);
        }
    }
    Some((std::iter::once(first).chain(near).collect(), from))
}

struct Source {
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    live: Arc<Live>,
    metrics: Metrics,
    reading: Option<Reading>,
}

/// A reader that stands somewhere, and what it has seen on its way there.
struct Reading {
    reader: Reader,
    /// The next offset of each partition.
    at: Vec<i64>,
    /// The partitions that it reads.
    partitions: HashSet<i32>,
    /// The highest `seq` of each delivery.
    seen: HashMap<String, u64>,
}

impl Source {
    /// The slice from some offsets on; none when Kafka does not answer.
    async fn slice(&mut self, from: &[i64]) -> Result<Option<Reply>, ReadError> {
        let Ok(bounds) = self.offsets.try_bounds().await else { return Ok(None) };
        let tail = Arc::clone(self.live.board().ring.tail());
        if let Some(trouble) = trouble(from, tail.offsets(), &bounds) {
            return Ok(Some(Err(trouble)));
        }
        let needed: HashSet<i32> = (0..)
            .zip(from.iter().zip(tail.offsets()))
            .filter(|(_, (from, tail))| from < tail)
            .map(|(partition, _)| partition)
            .collect();
        let mut made = Making {
            live: &self.live,
            place: Arc::new(Place::new(Arc::clone(tail.log()), from)),
            views: Vec::new(),
            positions: Vec::new(),
            chunks: Vec::new(),
            told: HashSet::new(),
        };
        if needed.is_empty() {
            return Ok(Some(Ok(Arc::new(made.finish(from)))));
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
                // What is there has been read; the rest is in the ring.
                Event::End { partition } => {
                    open.remove(&partition);
                    if let Some((at, tail)) = both(&mut reading.at, tail.offsets(), partition) {
                        *at = (*at).max(tail);
                    }
                    continue;
                }
                Event::Record(message) => message,
            };
            let slot = Slot { partition: message.partition(), offset: message.offset() };
            let Some((at, tail)) = both(&mut reading.at, tail.offsets(), slot.partition) else { continue };
            let is_before = usize::try_from(slot.partition)
                .ok()
                .and_then(|place| from.get(place))
                .is_some_and(|from| slot.offset < *from);
            if !is_before {
                count += 1;
                *at = slot.offset + 1;
            }
            if slot.offset + 1 >= tail {
                open.remove(&slot.partition);
            }
            let Ok(Some(Record::Position { position, .. })) = follow::decode(Topic::NewPosition, &message) else {
                continue;
            };
            let is_new = reading.seen.get(&position.delivery_id).is_none_or(|seen| *seen < position.seq);
            if is_new {
                reading.seen.insert(position.delivery_id.clone(), position.seq);
                if !is_before {
                    made.push(&position.delivery_id, Fix::from(&*position), slot, &reading.at);
                }
            }
        }
        let slice = made.finish(&reading.at);
        self.reading = Some(reading);
        Ok(Some(Ok(Arc::new(slice))))
    }

    /// A reader of these partitions, from somewhat before `from` on.
    fn open(&self, from: &[i64], needed: &HashSet<i32>, bounds: &[Bounds]) -> Result<Reading, ReadError> {
        let topic = self.kafka.topic(Topic::NewPosition);
        let starts: Vec<_> = (0..)
            .zip(from.iter().zip(bounds))
            .filter(|(partition, _)| needed.contains(partition))
            .map(|(partition, (from, bounds))| Start {
                topic: topic.clone(),
                partition,
                offset: Offset::Offset((from - LOOK_BACK).max(bounds.start)),
            })
            .collect();
        let reader = Reader::open(&self.kafka, PURPOSE, &starts)?;
        Ok(Reading { reader, at: from.to_vec(), partitions: needed.clone(), seen: HashMap::new() })
    }
}

/// Whether a client cannot go on: `from` is its place, `tail` where the ring begins.
fn trouble(from: &[i64], tail: &[i64], bounds: &[Bounds]) -> Option<Trouble> {
    if from.iter().zip(bounds).any(|(from, bounds)| *from > bounds.end) {
        return Some(Trouble::Mismatch);
    }
    let is_gone = |((from, tail), bounds): ((&i64, &i64), &Bounds)| from < tail && *from < bounds.start;
    from.iter().zip(tail).zip(bounds).any(is_gone).then_some(Trouble::TooOld)
}

fn both<'a>(at: &'a mut [i64], tail: &[i64], partition: i32) -> Option<(&'a mut i64, i64)> {
    let partition = usize::try_from(partition).ok()?;
    Some((at.get_mut(partition)?, *tail.get(partition)?))
}

/// A slice in the making.
struct Making<'a> {
    live: &'a Live,
    /// Where the chunk under way begins.
    place: Arc<Place>,
    views: Vec<Arc<Shown>>,
    positions: Vec<Arc<Moved>>,
    chunks: Vec<Arc<Chunk>>,
    /// Deliveries of the archive that are told in this slice.
    told: HashSet<String>,
}

impl Making<'_> {
    /// A position of a delivery that nobody knows any more is left out.
    fn push(&mut self, id: &str, fix: Fix, slot: Slot, at: &[i64]) {
        let Some(delivery) = self.delivery(id) else { return };
        self.positions.push(Arc::new(Moved::new(&delivery, fix, Some(slot))));
        if self.positions.len() == BATCH {
            self.cut(at);
        }
    }

    fn delivery(&mut self, id: &str) -> Option<Delivery> {
        let board = self.live.board();
        if let Some(shown) = board.delivery(id) {
            return Some(shown.delivery.clone());
        }
        let delivery = board.archived(id)?.clone();
        drop(board);
        // A client has not been told of it with `resumed`.
        if self.told.insert(id.to_owned()) {
            self.views.push(Arc::new(Shown::alone(delivery.clone())));
        }
        Some(delivery)
    }

    fn cut(&mut self, at: &[i64]) {
        let after = Arc::new(Place::new(Arc::clone(self.place.log()), at));
        let news = News {
            views: std::mem::take(&mut self.views),
            positions: std::mem::take(&mut self.positions),
            ..News::default()
        };
        let before = std::mem::replace(&mut self.place, Arc::clone(&after));
        self.chunks.push(Arc::new(Chunk::new(u64::MAX, news, before, after)));
    }

    fn finish(mut self, at: &[i64]) -> Slice {
        if !self.positions.is_empty() || self.place.offsets() != at {
            self.cut(at);
        }
        Slice { chunks: self.chunks, after: self.place }
    }
}
