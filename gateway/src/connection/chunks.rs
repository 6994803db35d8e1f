//! Sends chunks to a client in the mode `all`: whole, where it gets the same as others, otherwise what it follows and does not have.
//!
//! Which chunks, and when, is left to [`super::all`].

use std::sync::Arc;

use super::all::AllFeed;
use super::peer::{CursorStep, Peer};
use super::wire::Step;
use crate::model::clock::now;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames;
use crate::stream::clients::interest::Visibility;
use crate::stream::publication::chunk::Chunk;
use crate::writers::outgoing::Outgoing;

impl AllFeed {
    /// Whether the client already has this position, from another replica or a slice.
    fn is_skipped(&self, position: &EncodedPosition) -> bool {
        let (Some(skip), Some(record)) = (&self.skip, position.record) else { return false };
        let next = usize::try_from(record.partition).ok().and_then(|partition| skip.offsets().get(partition));
        next.is_some_and(|next| record.offset < *next)
    }

    /// Sends chunks that can be sent together (see `runs` of [`super::all`]).
    pub(super) async fn send_run(&mut self, peer: &mut Peer, run: &[Arc<Chunk>]) -> Step {
        let Some(last) = run.last() else { return Step::Continue(()) };
        let mut run = run;
        if peer.interest.is_none() && self.skip.is_none() {
            while let [chunk, rest @ ..] = run
                && chunk.number >= self.listed
                && self.send_whole(peer, chunk).await?
            {
                run = rest;
            }
        }
        let messages = self.select(peer, run);
        self.go_on(&last.after);
        if messages.is_empty() {
            return Step::Continue(());
        }
        let after = Arc::clone(&self.at.position);
        peer.send_all(&messages, Some(CursorStep { sent: &mut self.at.sent_cursor, after })).await
    }

    /// Sends a chunk as the bytes shared by all clients of this kind; false when this client cannot use them.
    async fn send_whole(&mut self, peer: &mut Peer, chunk: &Chunk) -> Step<bool> {
        let Some(parts) = chunk.parts(peer.kind, &self.at.sent_cursor) else { return Step::Continue(false) };
        for part in &parts {
            peer.wire.frames(part).await?;
        }
        if peer.kind.batch && !chunk.changes.positions.is_empty() {
            self.at.sent_cursor = Arc::clone(&chunk.after);
        }
        peer.sent.written(&chunk.written(peer.kind), now());
        self.go_on(&chunk.after);
        Step::Continue(true)
    }

    /// The messages for this client from some chunks.
    fn select(&self, peer: &mut Peer, run: &[Arc<Chunk>]) -> Vec<Outgoing> {
        let mut messages = Vec::new();
        for chunk in run {
            let changes = &chunk.changes;
            let is_new = chunk.number >= self.listed;
            for shown in changes.views.iter().filter(|_| is_new) {
                if peer.interest.as_deref().is_none_or(|interest| interest.follows(&shown.delivery)) {
                    messages.push(Outgoing::Text(shown.view().clone()));
                }
            }
            for position in changes.positions.iter().filter(|position| !self.is_skipped(position)) {
                let id = &position.about.delivery_id;
                match peer.interest.as_deref_mut().map(|interest| interest.observe(position)) {
                    Some(Visibility::Hidden) => {}
                    Some(Visibility::Leaves) => messages.push(Outgoing::Text(frames::left(id))),
                    Some(Visibility::Enters) => {
                        let shown = peer.gateway.live.published().delivery(id).cloned();
                        messages.extend(shown.map(|shown| Outgoing::Text(shown.view().clone())));
                        messages.push(Outgoing::Position(Arc::clone(position)));
                    }
                    None | Some(Visibility::Inside { .. }) => messages.push(Outgoing::Position(Arc::clone(position))),
                }
            }
            for shown in changes.ends.iter().chain(&changes.gone).filter(|_| is_new) {
                if let Some(interest) = peer.interest.as_deref_mut() {
                    if !interest.follows(&shown.delivery) {
                        continue;
                    }
                    interest.forget(&shown.delivery);
                }
                messages.extend(shown.last_frame().map(Outgoing::Text));
            }
        }
        messages
    }
}
