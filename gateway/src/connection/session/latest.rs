//! The mode `latest`: the newest of each delivery that has changed, whenever the client can take more. A slow client is spared
//! what lies between, and told how much that was.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Session;
use super::say::Word;
use crate::connection::session::Stream;
use crate::connection::wire::Step;
use crate::protocol::frames::{self, Why};
use crate::stream::board::Since;
use crate::stream::interest::{Interest, Sight};
use crate::stream::live::Listing;
use crate::stream::snapshot::Shown;

/// How many deliveries are taken from the board at once.
const CHUNK: usize = 100;
/// How often a client is told how much it was spared, at most.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// How far a client has been told.
#[derive(Debug, Default)]
pub(super) struct Latest {
    /// Everything up to this change.
    seen: u64,
    /// How many positions there had been when it began.
    began: u64,
    /// How many it has been told since.
    told: u64,
    /// How many it has been spared, and of those, how many it knows of.
    spared: u64,
    reported: u64,
    reported_at: Option<Instant>,
}

impl Latest {
    pub(super) fn after(listing: &Listing) -> Self {
        Self { seen: listing.seen, began: listing.total, ..Self::default() }
    }

    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }
}

impl Session {
    pub(super) async fn tell_latest(&mut self) -> Step<bool> {
        let Stream::Latest(latest) = &self.stream else { return Step::Continue(false) };
        let since = self.gateway.live.since(latest.seen, CHUNK);
        let Since::Shown { shown, seen: reached, more, total } = since else {
            self.snapshot(Why::Missed).await?;
            return Step::Continue(true);
        };
        let (words, told, spared) = words(&shown, latest.seen, self.interest.as_deref_mut());
        drop(shown);
        if !words.is_empty() {
            self.say(&words, None).await?;
        }
        let Stream::Latest(latest) = &mut self.stream else { return Step::Continue(false) };
        latest.seen = reached;
        latest.told += told;
        let before = latest.spared;
        if self.interest.is_some() {
            latest.spared += spared;
        } else if !more {
            // What there was and was not told; some may be told twice, after a new snapshot.
            latest.spared = latest.spared.max((total - latest.began).saturating_sub(latest.told));
        }
        self.gateway.metrics.conflated(latest.spared - before);
        if !more && latest.reported_at.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            self.tell_conflated().await?;
            self.wire.flush().await?;
        }
        Step::Continue(more)
    }

    /// Tells how many positions the client has been spared, if there are any that it does not know of.
    pub(super) async fn tell_conflated(&mut self) -> Step {
        let Stream::Latest(latest) = &mut self.stream else { return Step::Continue(()) };
        let news = latest.spared - latest.reported;
        if news > 0 {
            latest.reported = latest.spared;
            latest.reported_at = Some(Instant::now());
            self.wire.text(frames::conflated(news)).await?;
        }
        Step::Continue(())
    }
}

/// What a client is told of deliveries that have changed, how many positions of that, and how many it is spared.
fn words(shown: &[Arc<Shown>], seen: u64, mut interest: Option<&mut Interest>) -> (Vec<Word>, u64, u64) {
    let mut words = Vec::with_capacity(shown.len());
    let (mut told, mut spared) = (0, 0);
    for shown in shown {
        let moved = shown.position_since(seen);
        let mut entered = false;
        if let Some(interest) = interest.as_deref_mut() {
            let sight = moved.map(|moved| interest.moved(moved));
            match sight {
                Some(Sight::Hidden) => continue,
                Some(Sight::Leaves) => {
                    words.push(Word::Text(frames::left(&shown.delivery.about.delivery_id)));
                    continue;
                }
                Some(Sight::Enters) => entered = true,
                Some(Sight::Inside { spared: more }) => spared += more,
                None if !interest.follows(&shown.delivery) => continue,
                None => {}
            }
        }
        // A new delivery comes before its position; an end comes after it.
        let view = if entered { Some(shown.view()) } else { shown.view_since(seen) };
        words.extend(view.cloned().map(Word::Text));
        if let Some(moved) = moved {
            told += 1;
            words.push(Word::Position(Arc::clone(moved)));
        }
        if let Some(end) = shown.end_since(seen) {
            words.push(Word::Text(end.clone()));
            if let Some(interest) = interest.as_deref_mut() {
                interest.forget(&shown.delivery);
            }
        }
    }
    (words, told, spared)
}
