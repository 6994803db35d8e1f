//! The ids of spans: random, or given for the one span that begins next on this thread.

use std::cell::Cell;

use delivery_messages::TraceParent;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    static GIVEN: Cell<Option<TraceParent>> = const { Cell::new(None) };
}

/// The generator of ids of spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanIds;

impl SpanIds {
    /// Begins a span with these ids.
    pub(crate) fn give<T>(ids: TraceParent, begin: impl FnOnce() -> T) -> T {
        GIVEN.set(Some(ids));
        let span = begin();
        GIVEN.set(None);
        span
    }
}

impl IdGenerator for SpanIds {
    fn new_trace_id(&self) -> TraceId {
        GIVEN.get().map_or_else(|| RandomIdGenerator::default().new_trace_id(), |ids| TraceId::from(ids.trace))
    }

    fn new_span_id(&self) -> SpanId {
        GIVEN.get().map_or_else(|| RandomIdGenerator::default().new_span_id(), |ids| SpanId::from(ids.span))
    }
}
