//! The client at the other end of a connection: what it subscribed to, and how messages are written to it in that form,
//! positions one by one or in batches, as JSON or binary.
//!
//! Which messages, and when, is left to the feeds.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::wire::{Step, Wire};
use crate::gateway::shared::{Client, Gateway};
use crate::model::clock::now;
use crate::model::status::Status;
use crate::protocol::binary::BinaryFrame;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::{Form, Kind};
use crate::stream::interest::Interest;
use crate::stream::live::{Snapshot, SnapshotScope};
use crate::stream::ring::BATCH;

pub(super) struct Peer {
    pub(super) gateway: Arc<Gateway>,
    pub(super) wire: Wire,
    pub(super) client: Client,
    pub(super) kind: Kind,
    /// None: the client sees everything.
    pub(super) interest: Option<Box<Interest>>,
    /// The status last sent to the client.
    status: Option<Status>,
}

/// A message, in the order in which the client gets it.
pub(super) enum Outgoing {
    /// A JSON frame.
    Text(Utf8Bytes),
    /// A position, in the client's form.
    Position(Arc<EncodedPosition>),
}

/// Moves the client's cursor to where the stream is after some messages.
pub(super) struct CursorStep<'a> {
    /// The cursor that the client has.
    pub(super) sent: &'a mut Arc<StreamPosition>,
    pub(super) after: Arc<StreamPosition>,
}

impl Peer {
    pub(super) const fn new(
        gateway: Arc<Gateway>,
        wire: Wire,
        client: Client,
        kind: Kind,
        interest: Option<Box<Interest>>,
    ) -> Self {
        Self { gateway, wire, client, kind, interest, status: None }
    }

    /// Sends one JSON frame at once.
    pub(super) async fn send(&mut self, text: &str) -> Step {
        self.wire.text(text).await?;
        self.wire.flush().await
    }

    /// Sends which servers are available, if that has changed for the client.
    pub(super) async fn send_status(&mut self) -> Step {
        let status = self.gateway.live.status();
        if self.status != Some(status) {
            self.status = Some(status);
            self.send(&frames::status(status)).await?;
        }
        Step::Continue(())
    }

    /// The state of all deliveries that the client may see and wants to see, no older than the change `seen` and the
    /// chunk `next`, which it already has.
    pub(super) fn snapshot(&mut self, scope: SnapshotScope, seen: u64, next: u64) -> Snapshot {
        let live = &self.gateway.live;
        match &mut self.interest {
            Some(interest) => live.snapshot_for(interest, scope, now()),
            None => live.snapshot(scope, now(), seen, next),
        }
    }

    /// Sends a snapshot, after which the client's positions continue.
    pub(super) async fn send_snapshot(
        &mut self,
        reason: SnapshotReason,
        cursor: Option<&str>,
        snapshot: &Snapshot,
    ) -> Step {
        self.gateway.metrics.snapshot(reason.name());
        self.send_list(&frames::snapshot_head(reason, cursor), snapshot).await?;
        self.send_status().await
    }

    /// Sends `resumed`: the client's positions continue from its cursor; it lists their deliveries.
    pub(super) async fn send_resumed(&mut self, cursor: &str, snapshot: &Snapshot) -> Step {
        self.send_list(&frames::resumed_head(cursor), snapshot).await?;
        self.gateway.metrics.snapshot("resumed");
        self.send_status().await
    }

    async fn send_list(&mut self, head: &str, snapshot: &Snapshot) -> Step {
        self.wire.text_parts(&[head.as_bytes(), &snapshot.list, frames::LIST_END.as_bytes()]).await?;
        self.wire.flush().await?;
        self.gateway.metrics.sent(self.kind, 1);
        Step::Continue(())
    }

    /// Sends messages in order. The last frame of positions advances the client's cursor, if it has one.
    pub(super) async fn send_all(&mut self, messages: &[Outgoing], mut cursor: Option<CursorStep<'_>>) -> Step {
        let last = messages.iter().rposition(|message| matches!(message, Outgoing::Position(_)));
        let mut due = Vec::new();
        let mut frames = 0;
        let mut sent = 0;
        while let Some(message) = messages.get(sent) {
            frames += 1;
            match message {
                Outgoing::Text(text) => {
                    self.wire.text(text).await?;
                    sent += 1;
                }
                Outgoing::Position(_) => {
                    let run = self.run_of(messages.get(sent..).unwrap_or_default());
                    due.extend(run.iter().map(|position| position.fix.at));
                    sent += run.len();
                    let is_last = last.is_some_and(|last| sent > last);
                    self.send_run(&run, cursor.as_mut().filter(|_| is_last)).await?;
                }
            }
        }
        self.wire.flush().await?;
        self.gateway.metrics.positions_sent(self.kind, &due, now());
        self.gateway.metrics.sent(self.kind, frames);
        Step::Continue(())
    }

    /// The leading positions that fit into one frame; at least one.
    fn run_of<'a>(&self, messages: &'a [Outgoing]) -> Vec<&'a Arc<EncodedPosition>> {
        let positions = messages.iter().map_while(|message| match message {
            Outgoing::Position(position) => Some(position),
            Outgoing::Text(_) => None,
        });
        let limit = if self.kind.batch { BATCH } else { 1 };
        let mut run: Vec<_> = positions.take(limit).collect();
        if self.kind.form == Form::Binary {
            // A position that the binary form cannot hold is sent by itself, as JSON.
            let held = run.iter().take_while(|position| position.binary().is_some()).count();
            run.truncate(held.max(1));
        }
        run
    }

    async fn send_run(&mut self, run: &[&Arc<EncodedPosition>], cursor: Option<&mut CursorStep<'_>>) -> Step {
        if self.kind.form == Form::Binary
            && let Some(frame) = binary(run, cursor.as_deref())
        {
            self.wire.binary(&frame.finish()).await?;
        } else if self.kind.batch {
            let after = cursor.as_deref().map(|cursor| cursor.after.cursor());
            self.wire.text(&frames::positions(run.iter().map(|position| position.data()), after)).await?;
        } else {
            for position in run {
                self.wire.text_parts(&position.frame()).await?;
            }
            return Step::Continue(());
        }
        if let Some(CursorStep { sent, after }) = cursor {
            **sent = Arc::clone(after);
        }
        Step::Continue(())
    }
}

fn binary(run: &[&Arc<EncodedPosition>], cursor: Option<&CursorStep<'_>>) -> Option<BinaryFrame> {
    let mut frame = match cursor {
        Some(CursorStep { sent, after }) => BinaryFrame::from_to(sent.offsets(), after.offsets())?,
        None => BinaryFrame::default(),
    };
    for position in run {
        frame.push(position.binary()?);
    }
    Some(frame)
}
