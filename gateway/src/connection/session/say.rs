//! Words to a client in the form that it asked for: texts as they are, positions singly or in batches, as JSON or binary.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Session, Stream};
use crate::connection::wire::Step;
use crate::model::clock::now;
use crate::protocol::binary::Frame;
use crate::protocol::cursor::Place;
use crate::protocol::encoded_position::Moved;
use crate::protocol::frames;
use crate::protocol::subscription::Form;
use crate::stream::ring::BATCH;

/// Something to say.
pub(super) enum Word {
    /// A frame.
    Text(Utf8Bytes),
    /// A position.
    Position(Arc<Moved>),
}

impl Session {
    /// Says words in order. `after` is where the stream stands then, in the mode `all`; the last frame of positions tells it.
    pub(super) async fn say(&mut self, words: &[Word], after: Option<&Arc<Place>>) -> Step {
        let last = words.iter().rposition(|word| matches!(word, Word::Position(_)));
        let mut due = Vec::new();
        let mut frames = 0;
        let mut place = 0;
        while let Some(word) = words.get(place) {
            frames += 1;
            match word {
                Word::Text(text) => {
                    self.wire.text(text.clone()).await?;
                    place += 1;
                }
                Word::Position(_) => {
                    let run = self.run_of(words.get(place..).unwrap_or_default());
                    due.extend(run.iter().map(|moved| moved.fix.at));
                    place += run.len();
                    let is_last = last.is_some_and(|last| place > last);
                    self.positions(&run, after.filter(|_| is_last)).await?;
                }
            }
        }
        self.wire.flush().await?;
        self.gateway.metrics.positions_sent(self.kind, &due, now());
        self.gateway.metrics.sent(self.kind, frames);
        Step::Continue(())
    }

    /// The positions at the beginning that go into one frame; at least one.
    fn run_of<'a>(&self, words: &'a [Word]) -> Vec<&'a Arc<Moved>> {
        let positions = words.iter().map_while(|word| match word {
            Word::Position(moved) => Some(moved),
            Word::Text(_) => None,
        });
        let limit = if self.kind.batch { BATCH } else { 1 };
        let mut run: Vec<_> = positions.take(limit).collect();
        if self.kind.form == Form::Binary {
            // One that the binary form cannot hold goes by itself, as JSON.
            let held = run.iter().take_while(|moved| moved.record().is_some()).count();
            run.truncate(held.max(1));
        }
        run
    }

    async fn positions(&mut self, run: &[&Arc<Moved>], after: Option<&Arc<Place>>) -> Step {
        if self.kind.form == Form::Binary
            && let Some(frame) = self.binary(run, after)
        {
            self.wire.binary(frame.finish()).await?;
            self.tell_place(after);
        } else if self.kind.batch {
            let cursor = after.map(|after| after.cursor());
            self.wire.text(frames::positions(run.iter().map(|moved| moved.data()), cursor)).await?;
            self.tell_place(after);
        } else {
            for moved in run {
                self.wire.text(moved.text().clone()).await?;
            }
        }
        Step::Continue(())
    }

    fn binary(&self, run: &[&Arc<Moved>], after: Option<&Arc<Place>>) -> Option<Frame> {
        let mut frame = match (&self.stream, after) {
            (Stream::All(all), Some(after)) => Frame::from_to(all.told().offsets(), after.offsets())?,
            _ => Frame::default(),
        };
        for moved in run {
            frame.push(moved.record()?);
        }
        Some(frame)
    }

    /// Notes that the client has been told this place.
    pub(super) fn tell_place(&mut self, place: Option<&Arc<Place>>) {
        if let (Stream::All(all), Some(place)) = (&mut self.stream, place) {
            all.tell(place);
        }
    }
}
