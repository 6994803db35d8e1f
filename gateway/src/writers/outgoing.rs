//! Which messages about deliveries a client gets, and their form.
//!
//! Pure. They are written by [`super::turn`] or, to a client that is behind, by [`crate::connection`].

use std::sync::Arc;

use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use crate::metrics::ages::Written;
use crate::protocol::binary::BinaryFrame;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::subscription::{Form, Kind};
use crate::protocol::{frames, framing};
use crate::stream::clients::interest::{Interest, Visibility};
use crate::stream::publication::ring::BATCH;
use crate::stream::publication::snapshot::DeliverySnapshot;

/// A message, in the order in which the client gets it.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A JSON frame.
    Text(Utf8Bytes),
    /// A position, in the client's form.
    Position(Arc<EncodedPosition>),
}

/// Positions in a client's form.
pub(crate) enum Payload {
    Binary(Bytes),
    /// One JSON frame.
    Batch(Utf8Bytes),
    /// Each as its own JSON frame.
    Singles,
}

/// The messages in the mode `latest` about deliveries that have changed.
pub(crate) struct Selection {
    pub messages: Vec<Outgoing>,
    /// How many of the messages are positions.
    pub positions: u64,
    /// How many positions are conflated.
    pub spared: u64,
}

/// The messages for a client that has everything up to the change `seen`. Afterwards `interest` counts them as sent.
pub(crate) fn select(
    deliveries: &[Arc<DeliverySnapshot>],
    seen: u64,
    mut interest: Option<&mut Interest>,
) -> Selection {
    let mut messages = Vec::with_capacity(deliveries.len());
    let (mut positions, mut spared) = (0, 0);
    for shown in deliveries {
        let position = shown.position_since(seen);
        let mut entered = false;
        if let Some(interest) = interest.as_deref_mut() {
            match position.map(|position| interest.observe(position)) {
                Some(Visibility::Hidden) => continue,
                Some(Visibility::Leaves) => {
                    messages.push(Outgoing::Text(frames::left(&shown.delivery.about.delivery_id)));
                    continue;
                }
                Some(Visibility::Enters) => entered = true,
                Some(Visibility::Inside { spared: more }) => spared += more,
                None if !interest.follows(&shown.delivery) => continue,
                None => {}
            }
        }
        // A new delivery comes before its position; an end comes after it.
        let view = if entered { Some(shown.view()) } else { shown.view_since(seen) };
        messages.extend(view.cloned().map(Outgoing::Text));
        if let Some(position) = position {
            positions += 1;
            messages.push(Outgoing::Position(Arc::clone(position)));
        }
        if let Some(end) = shown.end_since(seen) {
            messages.push(Outgoing::Text(end.clone()));
            if let Some(interest) = interest.as_deref_mut() {
                interest.forget(&shown.delivery);
            }
        }
    }
    Selection { messages, positions, spared }
}

/// The leading positions that fit into one frame; at least one when the first message is a position.
pub(crate) fn leading_run(kind: Kind, messages: &[Outgoing]) -> Vec<&Arc<EncodedPosition>> {
    let positions = messages.iter().map_while(|message| match message {
        Outgoing::Position(position) => Some(position),
        Outgoing::Text(_) => None,
    });
    let limit = if kind.batch { BATCH } else { 1 };
    let mut run: Vec<_> = positions.take(limit).collect();
    if kind.form == Form::Binary {
        // A position that the binary form cannot hold is sent by itself, as JSON.
        let held = run.iter().take_while(|position| position.binary().is_some()).count();
        run.truncate(held.max(1));
    }
    run
}

/// A run of positions in a client's form; `cursor` is the one that the client was sent last, and the one after the run.
pub(crate) fn payload(
    kind: Kind,
    run: &[&Arc<EncodedPosition>],
    cursor: Option<(&StreamPosition, &StreamPosition)>,
) -> Payload {
    if kind.form == Form::Binary
        && let Some(frame) = binary(run, cursor)
    {
        return Payload::Binary(frame.finish());
    }
    if kind.batch {
        let after = cursor.map(|(_, after)| after.cursor());
        return Payload::Batch(frames::positions(run.iter().map(|position| position.data()), after));
    }
    Payload::Singles
}

fn binary(run: &[&Arc<EncodedPosition>], cursor: Option<(&StreamPosition, &StreamPosition)>) -> Option<BinaryFrame> {
    let mut frame = match cursor {
        Some((sent, after)) => BinaryFrame::from_to(sent.offsets(), after.offsets())?,
        None => BinaryFrame::default(),
    };
    for position in run {
        frame.push(position.binary()?);
    }
    Some(frame)
}

/// Messages without a cursor as bytes for the socket, for all clients of a kind.
pub(crate) fn encode(kind: Kind, messages: &[Outgoing]) -> (Bytes, Written) {
    let mut bytes = Vec::new();
    let mut due = Vec::new();
    let mut frames = 0;
    let mut rest = messages;
    while let [first, others @ ..] = rest {
        frames += 1;
        match first {
            Outgoing::Text(text) => {
                framing::append(Data::Text, &[text.as_bytes()], &mut bytes);
                rest = others;
            }
            Outgoing::Position(_) => {
                let run = leading_run(kind, rest);
                due.extend(run.iter().map(|position| position.fix.at));
                match payload(kind, &run, None) {
                    Payload::Binary(frame) => framing::append(Data::Binary, &[&frame], &mut bytes),
                    Payload::Batch(text) => framing::append(Data::Text, &[text.as_bytes()], &mut bytes),
                    Payload::Singles => {
                        for position in &run {
                            framing::append(Data::Text, &position.frame(), &mut bytes);
                        }
                    }
                }
                rest = rest.get(run.len()..).unwrap_or_default();
            }
        }
    }
    (bytes.into(), Written::new(frames, due.into_iter()))
}

#[cfg(test)]
#[path = "tests/outgoing.rs"]
mod tests;
