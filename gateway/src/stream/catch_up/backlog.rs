//! Serves clients whose cursor is older than the ring: one reader for all of them, which reads the log in slices. Reading one is left to
//! [`super::slices`].
//!
//! A client requests the slice at its own position, gets it, and requests the next, until it has reached the ring; so a
//! slow client does not delay others, and clients that reconnect together share what is read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::{Bounds, KafkaConfig, ReadError};
use delivery_observability::Heartbeat;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::slices::{Slice, SliceReader};
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::protocol::cursor::StreamPosition;
use crate::stream::live::Live;

/// How far apart clients may be to share a slice, in records of a partition.
const NEAR: i64 = 2_000;
/// How long to wait before a slice is tried again, and for clients that continue.
const RETRY: Duration = Duration::from_secs(1);
/// How long a client waits for a partition that has no leader, while others have one.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long Kafka's answer, or a slice, may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_mins(2);

/// Why a client cannot resume from its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotResume {
    /// The cursor is older than Kafka's retention, or what follows it cannot be read for the time being.
    TooOld,
    /// The cursor is beyond the end of the log: it belongs to another one.
    Mismatch,
}

/// The reply to a request.
pub(crate) type SliceResult = Result<Arc<Slice>, CannotResume>;

/// A client's request for a slice.
#[derive(Debug)]
pub(crate) struct SliceRequest {
    from: Arc<StreamPosition>,
    asked: Instant,
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
        let _ = self.0.send(SliceRequest { from: Arc::clone(from), asked: Instant::now(), reply });
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
    heartbeat: Heartbeat,
) -> Result<(), ReadError> {
    let mut reader = SliceReader::new(kafka, Arc::clone(&live));
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            // Without waiting clients, the reader's connections and buffers are freed.
            reader.rest();
            match requests.recv().await {
                Some(request) => waiting.push_back(request),
                None => return Ok(()),
            }
        }
        while let Ok(request) = requests.try_recv() {
            waiting.push_back(request);
        }
        waiting.retain(|request: &SliceRequest| !request.reply.is_closed());
        metrics.backlog(waiting.len());
        if waiting.is_empty() {
            continue;
        }
        let Ok(bounds) = heartbeat.during(offsets.try_bounds()).await else {
            tokio::time::sleep(RETRY).await;
            continue;
        };
        let tail = Arc::clone(live.published().ring.tail());
        refuse(&mut waiting, tail.offsets(), &bounds, Instant::now());
        let held = hold(&mut waiting, tail.offsets(), &bounds);
        if let Some((group, from)) = group(&mut waiting) {
            if let Some(slice) = heartbeat.during(reader.slice(&from, &tail, &bounds)).await? {
                for request in group {
                    // A client that has left in the meantime needs no reply.
                    let _ = request.reply.send(Ok(Arc::clone(&slice)));
                }
            } else {
                tokio::time::sleep(RETRY).await;
                waiting.extend(group);
            }
        } else if !held.is_empty() {
            tokio::time::sleep(RETRY).await;
        }
        waiting.extend(held);
        metrics.backlog(waiting.len());
        // Clients that continue request the next slice at once; the reader waits for them.
        if waiting.is_empty()
            && let Ok(Some(request)) = timeout(RETRY, requests.recv()).await
        {
            waiting.push_back(request);
        }
    }
}

/// Refuses those that cannot resume, each for itself: one that is too old must not refuse those that would be served together with it. One that
/// has long waited for a partition that cannot be read is refused too, so that it gets what comes in the others.
fn refuse(waiting: &mut VecDeque<SliceRequest>, tail: &[i64], bounds: &BTreeMap<i32, Bounds>, now: Instant) {
    for request in std::mem::take(waiting) {
        let from = request.from.offsets();
        let has_waited = now.saturating_duration_since(request.asked) >= PATIENCE && is_held(from, tail, bounds);
        match cannot_resume(from, tail, bounds).or_else(|| has_waited.then_some(CannotResume::TooOld)) {
            Some(reason) => drop(request.reply.send(Err(reason))),
            None => waiting.push_back(request),
        }
    }
}

/// Takes out those that must wait for a partition that cannot be read.
fn hold(waiting: &mut VecDeque<SliceRequest>, tail: &[i64], bounds: &BTreeMap<i32, Bounds>) -> VecDeque<SliceRequest> {
    let (held, served) =
        std::mem::take(waiting).into_iter().partition(|request| is_held(request.from.offsets(), tail, bounds));
    *waiting = served;
    held
}

/// Whether something after `from` and before the ring, which begins at `tail`, is in a partition whose bounds are not known.
fn is_held(from: &[i64], tail: &[i64], bounds: &BTreeMap<i32, Bounds>) -> bool {
    (0..).zip(from.iter().zip(tail)).any(|(partition, (from, tail))| from < tail && !bounds.contains_key(&partition))
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

/// Why a client cannot resume, if so: `from` is its position, `tail` where the ring begins.
fn cannot_resume(from: &[i64], tail: &[i64], bounds: &BTreeMap<i32, Bounds>) -> Option<CannotResume> {
    let mut places = (0..).zip(from.iter().zip(tail)).filter_map(|(partition, at)| Some((at, bounds.get(&partition)?)));
    if places.clone().any(|((from, _), bounds)| *from > bounds.high) {
        return Some(CannotResume::Mismatch);
    }
    let is_gone = |((from, tail), bounds): ((&i64, &i64), &Bounds)| from < tail && *from < bounds.low;
    places.any(is_gone).then_some(CannotResume::TooOld)
}

#[cfg(test)]
#[path = "tests/backlog.rs"]
mod tests;
