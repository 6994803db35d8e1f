//! Whose turn it is to write to a client: the task of its connection, or its shard. Both go on exactly where the other left off.
//!
//! Pure, but for the counts of conflated positions: a socket is anything that takes bytes or does not.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::Bytes;

use super::progress::{AllProgress, LatestProgress, Place, Progress};
use super::walk::{AllStep, LatestStep, PARTS, Walk};
use crate::metrics::ages::{Sent, Tally, Written};
use crate::protocol::subscription::Kind;

/// When a client that gets positions one by one was last sent its cursor this long ago, it gets it with the next position, in one write.
/// Its task sends the cursor every second, and leaves that out for whom it was done here.
const CURSOR_AFTER: Duration = Duration::from_millis(900);

/// What takes bytes without waiting.
pub(crate) trait Socket {
    /// Writes the first of these bytes and returns their number.
    ///
    /// # Errors
    /// When it takes none now, or ever.
    fn try_write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// Whose turn it is.
#[derive(Debug)]
pub(crate) enum Turn<S> {
    /// The task's.
    Task,
    /// The task's, as soon as something is published: its client shares no bytes with others.
    Asleep,
    /// The shard's: the client has everything up to this place, and nothing is queued for it.
    Shard { socket: S, place: Place },
    /// The task's, which is being woken. The client has everything up to this place, once it has been written the rest.
    Returned { place: Place, rest: Option<Rest> },
}

/// What a socket has not taken, from the middle of a frame on.
#[derive(Debug)]
pub(crate) struct Rest {
    pub parts: Vec<Bytes>,
    /// What will have been written then.
    pub written: Written,
}

/// Where the shard left off.
enum Left {
    UpToDate,
    /// There is something that the shard cannot write.
    Behind,
    /// The socket did not take everything.
    Blocked(Rest),
}

impl<S: Socket> Turn<S> {
    /// Writes to the client what is published, if it is the shard's turn, and notes it in the tally. True when the task must be woken.
    pub(crate) fn serve(&mut self, walk: &mut Walk<'_>, kind: Kind, sent: &Sent, tally: &mut Tally) -> bool {
        let left = match self {
            Self::Task | Self::Returned { .. } => return false,
            Self::Asleep => {
                *self = Self::Task;
                return true;
            }
            Self::Shard { socket, place } => advance(socket, place, walk, kind, sent, tally),
        };
        let rest = match left {
            Left::UpToDate => return false,
            Left::Behind => None,
            Left::Blocked(rest) => Some(rest),
        };
        if let Self::Shard { place, .. } = std::mem::replace(self, Self::Task) {
            *self = Self::Returned { place, rest };
        }
        true
    }

    /// Whether it is the shard's turn, and the shard has just sent the client's cursor.
    pub(crate) fn told_lately(&self, now: Instant) -> bool {
        match self {
            Self::Shard { place: Place { progress: Progress::All(at), .. }, .. } => at.told_lately(now),
            Self::Task | Self::Asleep | Self::Shard { .. } | Self::Returned { .. } => false,
        }
    }

    /// Makes it the task's turn. Returns where the shard has brought the client, if it was the shard's.
    pub(crate) fn take(&mut self) -> Option<(Place, Option<Rest>)> {
        match std::mem::replace(self, Self::Task) {
            Self::Task | Self::Asleep => None,
            Self::Shard { place, .. } => Some((place, None)),
            Self::Returned { place, rest } => Some((place, rest)),
        }
    }
}

fn advance<S: Socket>(
    socket: &S,
    place: &mut Place,
    walk: &mut Walk<'_>,
    kind: Kind,
    sent: &Sent,
    tally: &mut Tally,
) -> Left {
    if place.status != walk.status {
        return Left::Behind;
    }
    let began = walk.began;
    loop {
        let left = match &mut place.progress {
            Progress::All(at) if at.next < walk.next => match walk.all(kind, at.next) {
                None => Left::Behind,
                Some(step) => match &place.interest {
                    Some(interest) if step.concerns(interest) => Left::Behind,
                    Some(_) => {
                        (at.next, at.position) = (step.next, Arc::clone(&step.after));
                        Left::UpToDate
                    }
                    None => all(socket, at, (step, began), kind, sent, tally),
                },
            },
            Progress::Latest(at) if at.seen < walk.last => match walk.latest(kind, at.seen) {
                None => Left::Behind,
                Some(step) => match &place.interest {
                    Some(interest) if step.concerns(interest) => Left::Behind,
                    Some(_) => {
                        at.seen = step.seen;
                        Left::UpToDate
                    }
                    None => latest(socket, at, (step, began), kind, sent, tally),
                },
            },
            Progress::All(_) | Progress::Latest(_) => return Left::UpToDate,
        };
        if !matches!(left, Left::UpToDate) {
            return left;
        }
    }
}

/// Writes one step of the mode `all`, in a walk that began then.
fn all<S: Socket>(
    socket: &S,
    at: &mut AllProgress,
    (step, began): (&AllStep, Instant),
    kind: Kind,
    sent: &Sent,
    tally: &mut Tally,
) -> Left {
    let Some(shared) = step.shared() else { return Left::Behind };
    if shared.needs.as_ref().is_some_and(|needs| needs.offsets() != at.sent_cursor.offsets()) {
        return Left::Behind;
    }
    (at.next, at.position) = (shared.next, Arc::clone(&shared.after));
    let mut written = shared.written;
    let mut own_cursor = None;
    if let Some(cursor) = &shared.cursor {
        at.sent_cursor = Arc::clone(cursor);
    } else if !kind.batch && began.saturating_duration_since(at.told) >= CURSOR_AFTER {
        (at.sent_cursor, at.told) = (Arc::clone(&shared.after), began);
        written.frames += 1;
        own_cursor = Some(shared.own_cursor());
    }
    let left = write(socket, &shared.parts, own_cursor, written);
    if matches!(left, Left::UpToDate) {
        tally.note(kind, sent, &written);
    }
    left
}

/// Writes one step of the mode `latest`, in a walk that began then.
fn latest<S: Socket>(
    socket: &S,
    at: &mut LatestProgress,
    (step, began): (&LatestStep, Instant),
    kind: Kind,
    sent: &Sent,
    tally: &mut Tally,
) -> Left {
    let shared = step.shared();
    at.seen = step.seen;
    at.sent += shared.positions;
    if !step.more {
        sent.conflated(at.conflate(step.total));
    }
    let left = write(socket, std::slice::from_ref(&shared.bytes), None, shared.written);
    if !matches!(left, Left::UpToDate) {
        return left;
    }
    tally.note(kind, sent, &shared.written);
    // The report is the client's own, and comes from its task.
    let must_report = !step.more && at.unreported() > 0 && at.may_report(began);
    if must_report { Left::Behind } else { left }
}

/// Writes these parts, and one more.
fn write<S: Socket>(socket: &S, parts: &[Bytes], more: Option<&Bytes>, written: Written) -> Left {
    let mut slices = [IoSlice::new(&[]); PARTS];
    let (mut count, mut length) = (0, 0);
    for (slice, part) in slices.iter_mut().zip(parts.iter().chain(more)) {
        *slice = IoSlice::new(part);
        (count, length) = (count + 1, length + part.len());
    }
    if length == 0 {
        return Left::UpToDate;
    }
    // Whatever the error is: the task will meet it again, or wait until it is over.
    let taken = socket.try_write(slices.get(..count).unwrap_or_default()).unwrap_or_default();
    if taken < length {
        return Left::Blocked(Rest { parts: after(parts.iter().chain(more), taken), written });
    }
    Left::UpToDate
}

/// What comes after the first bytes.
fn after<'a>(parts: impl Iterator<Item = &'a Bytes>, mut taken: usize) -> Vec<Bytes> {
    let mut rest = Vec::new();
    for part in parts {
        if let Some(left) = part.len().checked_sub(taken).filter(|left| *left > 0) {
            rest.push(part.slice(part.len() - left..));
        }
        taken = taken.saturating_sub(part.len());
    }
    rest
}

#[cfg(test)]
#[path = "tests/turn.rs"]
mod tests;
