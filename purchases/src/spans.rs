//! The spans of a purchase, each noted when it is over: it was taken, paid, and written to Kafka. All belong to what its `traceparent` names.

use std::fmt::Display;

use delivery_messages::{Millis, TraceParent};
use delivery_observability::traces::{Kind, NewSpan, Span};

use crate::domain::purchase::{Purchase, State};

/// It was stored just now. If its trace is not the client's, this is the first span, and the parent of all others.
pub(crate) fn taken(purchase: &Purchase) {
    let new = since("take purchase", Kind::Server, purchase, purchase.created_at);
    let is_first = purchase.trace == TraceParent::derived(&purchase.id).to_string();
    about(if is_first { new.begin_as_root() } else { new.begin() }, purchase);
}

/// Its payment was decided just now.
pub(crate) fn decided(purchase: &Purchase) {
    let mut span = since("pay", Kind::Internal, purchase, purchase.created_at).begin();
    if purchase.state == State::Failed {
        span.failed(&purchase.reason.as_deref().unwrap_or_default());
    }
    about(span, purchase);
}

/// Kafka has its event, and the request for its delivery, since just now; or why not, and it is tried again.
pub(crate) fn published<E: Display>(purchase: &Purchase, approved_at: Millis, outcome: &Result<Millis, E>) {
    let mut span = since("publish purchase", Kind::Producer, purchase, approved_at).begin();
    span.outcome(outcome);
    about(span, purchase);
}

fn since<'a>(name: &'static str, kind: Kind, purchase: &'a Purchase, begun: Millis) -> NewSpan<'a> {
    NewSpan { name, kind, parent: Some(&purchase.trace), since: Some(begun) }
}

/// Says which purchase it is, and ends the span.
fn about(mut span: Span, purchase: &Purchase) {
    span.text("purchase", &purchase.id);
}
