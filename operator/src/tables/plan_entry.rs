//! What the table of plans keeps of one delivery.

use delivery_messages::{Millis, Plan, PlanPhase};

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) body: Body,
    /// The version and the broker's time of the last record that was read.
    pub(crate) last: Option<(u64, Millis)>,
    /// The hash of the id of its request, once the topic holds the plan.
    pub(crate) request: Option<u64>,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// It may still change.
    Open {
        plan: Box<Plan>,
        /// The trace context of its record.
        trace: Option<Box<str>>,
        /// Whether Kafka is known to hold it.
        is_written: bool,
    },
    /// It is final.
    Closed(Closed),
}

/// What is kept of a delivery that has ended and whose object is gone.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) version: u64,
    /// Whether it was cancelled by its plan. Otherwise its state says how it ended.
    pub(crate) cancelled: bool,
    /// The installation that it belongs to, as in [`Plan::source`].
    pub(crate) source: Box<str>,
    pub(crate) namespace: Box<str>,
    /// The key of the route revision that its positions are on.
    pub(crate) route: Box<str>,
    /// When it ended by the broker's clock; unknown until its last record has been read.
    pub(crate) ended: Option<Millis>,
}

/// What a record has beside its value.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordMeta {
    /// The broker's time.
    pub at: Millis,
    /// The W3C trace context in its headers.
    pub trace: Option<String>,
}

impl Entry {
    pub(crate) fn version(&self) -> u64 {
        match &self.body {
            Body::Open { plan, .. } => plan.version,
            Body::Closed(closed) => closed.version,
        }
    }

    pub(crate) fn route(&self) -> &str {
        match &self.body {
            Body::Open { plan, .. } => &plan.route,
            Body::Closed(closed) => &closed.route,
        }
    }
}

/// What is kept of a plan that the topic holds.
pub(crate) fn body(plan: Plan, meta: RecordMeta) -> Body {
    if plan.phase == PlanPhase::Cancelled {
        return Body::Closed(closed(&plan, Some(meta.at)));
    }
    Body::Open { plan: Box::new(plan), trace: meta.trace.map(Into::into), is_written: true }
}

pub(crate) fn closed(plan: &Plan, ended: Option<Millis>) -> Closed {
    Closed {
        version: plan.version,
        cancelled: plan.phase == PlanPhase::Cancelled,
        source: plan.source.as_str().into(),
        namespace: plan.namespace.as_str().into(),
        route: plan.route.as_str().into(),
        ended,
    }
}
