//! The spans of plans that were published. The first of a delivery that came without a trace is the parent of all its others.

use delivery_messages::{Millis, Plan, PlanPhase};
use delivery_observability::traces::{Kind, NewSpan};

use crate::base::trace;
use crate::log::writer::WriteError;

/// Where a plan is on its way into the topic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publishing<'a> {
    pub plan: &'a Plan,
    pub traceparent: &'a str,
    /// Whether the topic has never held a plan of this delivery.
    pub is_first: bool,
    /// When it began.
    pub since: Millis,
}

impl Publishing<'_> {
    /// Records that Kafka has the plan, or why not.
    pub(crate) fn ended(self, written: &Result<(), WriteError>) {
        let Self { plan, traceparent, is_first, since } = self;
        let name = if is_first && written.is_ok() { "accept" } else { "publish plan" };
        let new = NewSpan { name, kind: Kind::Producer, parent: Some(traceparent), since: Some(since) };
        // Whoever applied the object has begun no span.
        let is_root = name == "accept" && traceparent == trace::derived(&plan.delivery_id);
        let mut span =
            if is_root { NewSpan { since: Some(plan.created_at), ..new }.begin_as_root() } else { new.begin() };
        span.text("namespace", &plan.namespace);
        span.text("delivery", &plan.name);
        span.text("delivery.id", &plan.delivery_id);
        span.text("route", &plan.route);
        span.text("phase", phase(plan.phase));
        span.outcome(written);
    }
}

const fn phase(phase: PlanPhase) -> &'static str {
    match phase {
        PlanPhase::Accepted => "Accepted",
        PlanPhase::Suspended => "Suspended",
        PlanPhase::Cancelled => "Cancelled",
    }
}
