//! The mode `all`: every position, chunk by chunk from the ring; who comes back from before the ring gets slices of the log
//! first. A client that falls off the ring is closed with its cursor.

use std::sync::Arc;

use super::say::Word;
use super::{Session, Stream, Waiting};
use crate::connection::wire::{End, Step};
use crate::protocol::cursor::Place;
use crate::protocol::frames::{self, Why};
use crate::protocol::subscription::Form;
use crate::stream::backlog::{Reply, Trouble};
use crate::stream::interest::Sight;
use crate::stream::live::{Extent, Listing};
use crate::stream::ring::{BATCH, Chunk, Located};

/// How far a client has been told.
#[derive(Debug)]
pub(super) struct All {
    /// The chunk that comes next.
    next: u64,
    /// Where the log stood after what the client was sent.
    place: Arc<Place>,
    /// The place that it has been told as a cursor.
    told: Arc<Place>,
    /// It has been told, elsewhere, what is before these offsets.
    skip: Option<Arc<Place>>,
    /// The views and ends of chunks before this one were part of what it began with.
    listed: u64,
    /// Whether it has been told what it began with.
    begun: bool,
}

impl All {
    pub(super) fn after(listing: &Listing) -> Self {
        let place = || Arc::clone(&listing.place);
        Self { next: listing.next, place: place(), told: place(), skip: None, listed: listing.next, begun: true }
    }

    fn at(place: &Arc<Place>) -> Self {
        let at = || Arc::clone(place);
        Self { next: 0, place: at(), told: at(), skip: Some(at()), listed: 0, begun: false }
    }

    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) const fn told(&self) -> &Arc<Place> {
        &self.told
    }

    pub(super) fn tell(&mut self, place: &Arc<Place>) {
        self.told = Arc::clone(place);
    }

    /// Where the client can go on, here or elsewhere; none before it has been told anything.
    pub(super) fn cursor(&self) -> Option<String> {
        self.begun.then(|| self.place.cursor().to_owned())
    }

    /// Goes on to where the log stood after a chunk; what is ahead of that for this client stays ahead.
    fn go_on(&mut self, after: &Arc<Place>) {
        self.place = match &self.skip {
            Some(skip) if after.covers(skip.offsets()) => {
                self.skip = None;
                Arc::clone(after)
            }
            Some(skip) => Arc::new(after.or_later(skip.offsets())),
            None => Arc::clone(after),
        };
    }

    fn is_told(&self, moved: &crate::protocol::encoded_position::Moved) -> bool {
        let (Some(skip), Some(slot)) = (&self.skip, moved.slot) else { return false };
        let told = usize::try_from(slot.partition).ok().and_then(|partition| skip.offsets().get(partition));
        told.is_some_and(|told| slot.offset < *told)
    }
}

impl Session {
    /// Begins with a snapshot, or where the cursor says.
    pub(super) async fn begin_all(&mut self, cursor: Option<String>) -> Step<Waiting> {
        let Some(cursor) = cursor else {
            self.snapshot(Why::Connected).await?;
            return Step::Continue(None);
        };
        let head = Arc::clone(self.gateway.live.board().ring.head());
        let Some(offsets) = head.log().read(&cursor, head.offsets().len()) else {
            self.snapshot(Why::Mismatch).await?;
            return Step::Continue(None);
        };
        let place = Arc::new(Place::new(Arc::clone(head.log()), offsets));
        self.stream = Stream::All(Box::new(All::at(&place)));
        let located = self.gateway.live.board().ring.locate(place.offsets());
        match located {
            Located::At(next) => {
                self.resume(next).await?;
                Step::Continue(None)
            }
            // Another replica may be ahead; a cursor beyond the end of the log is of none.
            Located::Before | Located::Ahead(_) => Step::Continue(Some(self.ask(&place))),
        }
    }

    fn ask(&self, from: &Arc<Place>) -> tokio::sync::oneshot::Receiver<Reply> {
        self.gateway.backlog.ask(from)
    }

    /// Says that the stream goes on where the client was, and goes on in the ring from chunk `next`.
    async fn resume(&mut self, next: u64) -> Step {
        self.tell_resumed(next).await?;
        if let Stream::All(all) = &mut self.stream {
            all.next = next;
        }
        Step::Continue(())
    }

    /// Says, once, that the stream goes on where the client was.
    async fn tell_resumed(&mut self, next: u64) -> Step {
        let Stream::All(all) = &self.stream else { return Step::Continue(()) };
        if all.begun {
            return Step::Continue(());
        }
        let head = frames::resumed_head(all.place.cursor());
        let listing = self.listing(Extent::Whole, next);
        self.show(head, &listing).await?;
        if let Stream::All(all) = &mut self.stream {
            all.begun = true;
            all.listed = listing.next;
        }
        self.gateway.metrics.snapshot("resumed");
        self.tell_status().await
    }

    /// Tells a slice of the log to a client that comes from before the ring, until it is there.
    pub(super) async fn catch_up(&mut self, reply: Option<Reply>) -> Step<Waiting> {
        let slice = match reply {
            None => return Step::Break(End::Lost),
            Some(Err(trouble)) => {
                let why = match trouble {
                    Trouble::TooOld => Why::TooOld,
                    Trouble::Mismatch => Why::Mismatch,
                };
                self.snapshot(why).await?;
                return Step::Continue(None);
            }
            Some(Ok(slice)) => slice,
        };
        self.tell_resumed(0).await?;
        for chunk in &slice.chunks {
            self.tell_run(std::slice::from_ref(chunk)).await?;
        }
        let Stream::All(all) = &mut self.stream else { return Step::Continue(None) };
        all.go_on(&slice.after);
        all.skip = Some(Arc::clone(&all.place));
        let place = Arc::clone(&all.place);
        let (next, holds_news) = {
            let board = self.gateway.live.board();
            let next = match board.ring.locate(place.offsets()) {
                // The reader has made sure that the log goes as far.
                Located::At(next) | Located::Ahead(next) => next,
                Located::Before => return Step::Continue(Some(self.ask(&place))),
            };
            (next, board.ring.read(all.listed.min(next), 0).is_some())
        };
        if holds_news {
            // Its positions have been told; what else has happened since it began has not.
            all.next = all.listed.min(next);
        } else {
            all.begun = false;
            self.resume(next).await?;
        }
        Step::Continue(None)
    }

    /// Tells the next chunks of the ring; true when there are more.
    pub(super) async fn tell_all(&mut self) -> Step<bool> {
        let Stream::All(all) = &self.stream else { return Step::Continue(false) };
        let (chunks, next, head) = {
            let board = self.gateway.live.board();
            let Some(chunks) = board.ring.read(all.next, BATCH) else {
                return Step::Break(End::FellOff);
            };
            (chunks, board.ring.next(), Arc::clone(board.ring.head()))
        };
        let mut rest = chunks.as_slice();
        while !rest.is_empty() {
            let (run, others) = rest.split_at(run_length(rest));
            self.tell_run(run).await?;
            rest = others;
        }
        let Stream::All(all) = &mut self.stream else { return Step::Continue(false) };
        all.next += chunks.len() as u64;
        let is_up_to_date = all.next == next;
        if is_up_to_date {
            all.go_on(&head);
        }
        Step::Continue(!is_up_to_date)
    }

    /// Tells chunks between whose positions nothing else has happened.
    async fn tell_run(&mut self, run: &[Arc<Chunk>]) -> Step {
        let Stream::All(all) = &self.stream else { return Step::Continue(()) };
        let Some(last) = run.last() else { return Step::Continue(()) };
        let mut run = run;
        if self.interest.is_none() && all.skip.is_none() {
            let listed = all.listed;
            while let [chunk, rest @ ..] = run
                && chunk.number >= listed
                && self.tell_whole(chunk).await?
            {
                run = rest;
            }
        }
        let words = self.words(run);
        let Stream::All(all) = &mut self.stream else { return Step::Continue(()) };
        all.go_on(&last.after);
        let after = Arc::clone(&all.place);
        if words.is_empty() {
            return Step::Continue(());
        }
        self.say(&words, Some(&after)).await
    }

    /// Tells a chunk by the bytes that are the same for all clients of this kind; false when it has none for this client.
    async fn tell_whole(&mut self, chunk: &Arc<Chunk>) -> Step<bool> {
        let Stream::All(all) = &self.stream else { return Step::Continue(false) };
        let frames = match (self.kind.form, self.kind.batch) {
            (Form::Json, false) => chunk.singles(),
            (Form::Json, true) => chunk.batch(),
            (Form::Binary, true) if all.told.offsets() == chunk.before.offsets() => match chunk.binary() {
                Some(frame) => frame,
                None => return Step::Continue(false),
            },
            (Form::Binary, _) => return Step::Continue(false),
        };
        for shown in &chunk.news.views {
            self.wire.text(shown.view().clone()).await?;
        }
        if !chunk.news.positions.is_empty() {
            self.wire.framed(frames).await?;
            if self.kind.batch {
                self.tell_place(Some(&chunk.after));
            }
        }
        for text in ends(chunk) {
            self.wire.text(text).await?;
        }
        self.wire.flush().await?;
        let news = &chunk.news;
        let due: Vec<_> = news.positions.iter().map(|moved| moved.fix.at).collect();
        self.gateway.metrics.positions_sent(self.kind, &due, crate::model::clock::now());
        let others = news.views.len() + news.ends.len() + news.gone.len();
        let frames = if self.kind.batch { usize::from(!due.is_empty()) } else { due.len() };
        self.gateway.metrics.sent(self.kind, others + frames);
        if let Stream::All(all) = &mut self.stream {
            all.go_on(&chunk.after);
        }
        Step::Continue(true)
    }

    /// What this client is told of some chunks.
    fn words(&mut self, run: &[Arc<Chunk>]) -> Vec<Word> {
        let Stream::All(all) = &self.stream else { return Vec::new() };
        let mut words = Vec::new();
        for chunk in run {
            let is_news = chunk.number >= all.listed;
            for shown in chunk.news.views.iter().filter(|_| is_news) {
                if self.interest.as_deref().is_none_or(|interest| interest.follows(&shown.delivery)) {
                    words.push(Word::Text(shown.view().clone()));
                }
            }
            for moved in chunk.news.positions.iter().filter(|moved| !all.is_told(moved)) {
                let sight = self.interest.as_deref_mut().map(|interest| interest.moved(moved));
                match sight {
                    Some(Sight::Hidden) => {}
                    Some(Sight::Leaves) => words.push(Word::Text(frames::left(&moved.about.delivery_id))),
                    Some(Sight::Enters) => {
                        let shown = self.gateway.live.board().delivery(&moved.about.delivery_id).cloned();
                        words.extend(shown.map(|shown| Word::Text(shown.view().clone())));
                        words.push(Word::Position(Arc::clone(moved)));
                    }
                    None | Some(Sight::Inside { .. }) => words.push(Word::Position(Arc::clone(moved))),
                }
            }
            for shown in chunk.news.ends.iter().chain(&chunk.news.gone).filter(|_| is_news) {
                if let Some(interest) = self.interest.as_deref_mut() {
                    if !interest.follows(&shown.delivery) {
                        continue;
                    }
                    interest.forget(&shown.delivery);
                }
                words.extend(end(shown).map(Word::Text));
            }
        }
        words
    }

    /// Tells the cursor to who has not been told it with a position.
    pub(super) async fn heartbeat(&mut self) -> Step {
        let Stream::All(all) = &mut self.stream else { return Step::Continue(()) };
        {
            // Records that told nothing new wake nobody.
            let board = self.gateway.live.board();
            if all.begun && all.next == board.ring.next() {
                all.go_on(&Arc::clone(board.ring.head()));
            }
        }
        if !all.begun || all.told.offsets() == all.place.offsets() {
            return Step::Continue(());
        }
        all.told = Arc::clone(&all.place);
        let text = frames::heartbeat(all.told.cursor());
        self.gateway.metrics.sent(self.kind, 1);
        self.wire.text(text).await
    }
}

/// How many of the first chunks can be told together: views come before all their positions, ends after them.
fn run_length(chunks: &[Arc<Chunk>]) -> usize {
    let goes_on = |pair: &[Arc<Chunk>]| match pair {
        [before, after] => before.news.ends.is_empty() && before.news.gone.is_empty() && after.news.views.is_empty(),
        _ => false,
    };
    1 + chunks.windows(2).take_while(|pair| goes_on(pair)).count()
}

/// What is told of a delivery that has ended, or that was taken away in the middle.
fn end(shown: &crate::stream::snapshot::Shown) -> Option<tokio_tungstenite::tungstenite::Utf8Bytes> {
    if shown.delivery.phase.is_final() {
        return shown.end().cloned();
    }
    Some(frames::left(&shown.delivery.about.delivery_id))
}

fn ends(chunk: &Chunk) -> impl Iterator<Item = tokio_tungstenite::tungstenite::Utf8Bytes> {
    chunk.news.ends.iter().chain(&chunk.news.gone).filter_map(|shown| end(shown))
}
