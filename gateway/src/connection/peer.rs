//! The client at the other end of a connection: what it subscribed to, and how messages are written to it in that form,
//! positions one by one or in batches, as JSON or binary.
//!
//! Which messages, and when, is left to the feeds.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::wire::{Disconnect, SILENCE, Step, Wire};
use crate::gateway::shared::{Client, Gateway};
use crate::metrics::ages::Sent;
use crate::model::clock::now;
use crate::model::status::Status;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::Kind;
use crate::stream::clients::interest::Interest;
use crate::stream::live::{Snapshot, SnapshotScope};
use crate::writers::outgoing::{Outgoing, Payload, leading_run, payload};

pub(super) struct Peer {
    pub(super) gateway: Arc<Gateway>,
    pub(super) wire: Wire,
    pub(super) client: Client,
    pub(super) kind: Kind,
    pub(super) sent: Sent,
    /// None: the client sees everything.
    pub(super) interest: Option<Box<Interest>>,
    /// The status and the fingerprint of the routes last sent to the client.
    status: Option<(Status, u64)>,
    /// Its turn to be sent something of its own.
    turn: Option<OwnedSemaphorePermit>,
    /// When the connection was opened, until the client has its first list of deliveries.
    opened: Option<Instant>,
}

/// Moves the client's cursor to where the stream is after some messages.
pub(super) struct CursorStep<'a> {
    /// The cursor that the client has.
    pub(super) sent: &'a mut Arc<StreamPosition>,
    pub(super) after: Arc<StreamPosition>,
}

impl Peer {
    pub(super) fn new(
        gateway: Arc<Gateway>,
        wire: Wire,
        client: Client,
        kind: Kind,
        interest: Option<Box<Interest>>,
    ) -> Self {
        let sent = gateway.metrics.sent(kind);
        Self { gateway, wire, client, kind, sent, interest, status: None, turn: None, opened: Some(Instant::now()) }
    }

    /// Sends one JSON frame at once.
    pub(super) async fn send(&mut self, text: &str) -> Step {
        self.wire.text(text).await?;
        self.wire.flush().await
    }

    /// Sends which servers are available and which routes are listed, if either has changed for the client.
    pub(super) async fn send_status(&mut self) -> Step {
        let live = &self.gateway.live;
        let (status, routes) = (live.status(), live.routes());
        if self.status != Some((status, routes)) {
            self.status = Some((status, routes));
            self.send(&frames::status(status, routes, &self.gateway.replica)).await?;
        }
        Step::Continue(())
    }

    /// The status and the fingerprint of the routes last sent to the client; none before the first.
    pub(super) const fn told(&self) -> Option<(Status, u64)> {
        self.status
    }

    /// The state of all deliveries that the client may see and wants to see, no older than the change `seen` and the
    /// chunk `next`, which it already has. One with a filter is the client's own, so the client takes its turn.
    pub(super) async fn snapshot(&mut self, scope: SnapshotScope, seen: u64, next: u64) -> Step<Snapshot> {
        if self.interest.is_some() {
            self.take_turn().await?;
        }
        let live = &self.gateway.live;
        Step::Continue(match &mut self.interest {
            Some(interest) => live.snapshot_for(interest, scope, now()),
            None => live.snapshot(scope, now(), seen, next),
        })
    }

    /// Waits for the client's turn to be sent something that no other client shares, and that is held in memory until the client has
    /// read it. Only some may have theirs at a time, however many do not read.
    pub(super) async fn take_turn(&mut self) -> Step {
        if self.turn.is_none() {
            match timeout(SILENCE, Arc::clone(&self.gateway.turns).acquire_owned()).await {
                Ok(Ok(turn)) => self.turn = Some(turn),
                Ok(Err(_)) | Err(_) => return Step::Break(Disconnect::Crowded),
            }
        }
        Step::Continue(())
    }

    /// The client has been sent what it took its turn for.
    pub(super) fn end_turn(&mut self) {
        self.turn = None;
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
        self.sent.messages(1);
        if let Some(opened) = self.opened.take() {
            self.gateway.metrics.first_listed(opened.elapsed());
        }
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
                    let run = leading_run(self.kind, messages.get(sent..).unwrap_or_default());
                    due.extend(run.iter().map(|position| position.fix.at));
                    sent += run.len();
                    let is_last = last.is_some_and(|last| sent > last);
                    self.send_run(&run, cursor.as_mut().filter(|_| is_last)).await?;
                }
            }
        }
        self.wire.flush().await?;
        self.sent.positions(due.into_iter(), now());
        self.sent.messages(frames);
        Step::Continue(())
    }

    async fn send_run(&mut self, run: &[&Arc<EncodedPosition>], cursor: Option<&mut CursorStep<'_>>) -> Step {
        let payload = payload(self.kind, run, cursor.as_deref().map(|step| (&**step.sent, &*step.after)));
        match payload {
            Payload::Binary(frame) => self.wire.binary(&frame).await?,
            Payload::Batch(text) => self.wire.text(&text).await?,
            Payload::Singles => {
                for position in run {
                    self.wire.text_parts(&position.frame()).await?;
                }
                return Step::Continue(());
            }
        }
        if let Some(CursorStep { sent, after }) = cursor {
            **sent = Arc::clone(after);
        }
        Step::Continue(())
    }
}
