//! Traces: spans of what a process decides and does, as part of the trace that a request, a record or a Delivery names.
//!
//! Unless the environment names a collector, nothing is recorded: each span is nothing, and costs the look at one variable. What a span is
//! about, and where it begins and ends, is left to each service; there is none per position. Numbering them is left to `span_ids`,
//! sending them to `collector`.

mod span_ids;
mod collector;

use std::fmt::Display;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delivery_messages::records::text::cut;
use delivery_messages::{Millis, TraceParent};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    Sampler, SamplingDecision, SdkTracer, SdkTracerProvider, ShouldSample as _, Span as SdkSpan,
};

use crate::secrets::without_login;
use crate::traces::collector::Settings;
use crate::traces::span_ids::SpanIds;

/// How long the last spans may take to reach the collector when the process ends.
const FLUSH: Duration = Duration::from_secs(3);
/// The longest text of a span, in bytes: it may quote what others have sent.
const MAX_TEXT: usize = 1_024;

static TRACES: OnceLock<Traces> = OnceLock::new();

/// Starts to record traces, if the environment names a collector. `service` is the process's name.
pub fn start(service: &str) {
    let Some(settings) = Settings::of(service, |name| std::env::var(name).ok()) else { return };
    match settings.open() {
        Ok(provider) => {
            tracing::info!(endpoint = without_login(&settings.endpoint), ratio = settings.ratio, "Recording traces.");
            // A second call, as in tests, leaves the first one's in place.
            let _ = TRACES.set(Traces::new(provider, settings.ratio));
        }
        Err(error) => {
            let endpoint = without_login(&settings.endpoint);
            tracing::error!(
                "No traces are recorded, because the collector at {endpoint} cannot be used: {error:#}. Correct \
                 OTEL_EXPORTER_OTLP_ENDPOINT."
            );
        }
    }
}

/// Sends the last spans, for at most three seconds. Blocks.
pub fn finish() {
    if let Some(traces) = TRACES.get() {
        // What the collector does not take is in the log already.
        let _ = traces.provider.shutdown_with_timeout(FLUSH);
    }
}

/// Whether traces are recorded.
#[must_use]
pub fn is_on() -> bool {
    TRACES.get().is_some()
}

/// The id of the trace that a `traceparent` names, if that trace is recorded.
pub(crate) fn recorded_id(traceparent: &str) -> Option<String> {
    TRACES.get()?.recorded_id(traceparent)
}

/// Who waits for whom in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Work of this process.
    #[default]
    Internal,
    /// An answer to a client that waits.
    Server,
    /// A record is written, and read by another process later.
    Producer,
    /// A record is served.
    Consumer,
}

impl From<Kind> for SpanKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Internal => Self::Internal,
            Kind::Server => Self::Server,
            Kind::Producer => Self::Producer,
            Kind::Consumer => Self::Consumer,
        }
    }
}

/// A span that is about to begin.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewSpan<'a> {
    /// What is done, in a few words that do not depend on the object.
    pub name: &'static str,
    /// Who waits for whom.
    pub kind: Kind,
    /// The `traceparent` that it belongs to. Without a valid one, a trace begins.
    pub parent: Option<&'a str>,
    /// When it began, if that was not just now.
    pub since: Option<Millis>,
}

impl NewSpan<'_> {
    /// Begins the span.
    #[must_use]
    pub fn begin(self) -> Span {
        TRACES.get().map_or_else(Span::default, |traces| traces.begin(&self))
    }

    /// Begins the first span of the trace that `parent` names, which is the parent of all others.
    #[must_use]
    pub fn begin_as_root(self) -> Span {
        TRACES.get().map_or_else(Span::default, |traces| traces.begin_as_root(&self))
    }

    fn parent(&self) -> Option<TraceParent> {
        self.parent.and_then(|text| text.parse().ok())
    }
}

/// A span, or nothing while no traces are recorded. It ends when it is dropped.
#[derive(Debug, Default)]
pub struct Span(Option<Box<SdkSpan>>);

impl Span {
    /// Says more about it; a long text is cut.
    pub fn text(&mut self, name: &'static str, value: &str) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(name, cut(value, MAX_TEXT).into_owned()));
        }
    }

    /// Says more about it.
    pub fn number(&mut self, name: &'static str, value: impl Into<i64>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(name, value.into()));
        }
    }

    /// Says what happened in the meantime.
    pub fn event(&mut self, name: &'static str) {
        if let Some(span) = &mut self.0 {
            span.add_event(name, Vec::new());
        }
    }

    /// Says what happened at an earlier moment of it.
    pub fn event_at(&mut self, name: &'static str, at: Millis) {
        if let Some(span) = &mut self.0 {
            span.add_event_with_timestamp(name, time(at), Vec::new());
        }
    }

    /// It failed; `why` is a sentence. A long one is cut.
    pub fn failed(&mut self, why: &impl Display) {
        if let Some(span) = &mut self.0 {
            let why = cut(&why.to_string(), MAX_TEXT).into_owned();
            span.add_event("exception", vec![KeyValue::new("exception.message", why.clone())]);
            span.set_status(Status::error(why));
        }
    }

    /// It failed, if `outcome` is an error.
    pub fn outcome<T, E: Display>(&mut self, outcome: &Result<T, E>) {
        if let Err(error) = outcome {
            self.failed(error);
        }
    }

    /// Lasts as long as this work, and has its outcome. Work that is dropped before its end, as by a time limit, leaves an event.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn during<T, E: Display>(self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.noting(work, Self::outcome).await
    }

    /// The same of work that may fail in other ways than by an error; `note` says what came of it.
    pub async fn noting<T>(self, work: impl Future<Output = T>, note: impl FnOnce(&mut Self, &T)) -> T {
        let mut open = Open(self);
        let outcome = work.await;
        let mut span = std::mem::take(&mut open.0);
        note(&mut span, &outcome);
        outcome
    }

    /// The `traceparent` of what belongs to it; none while no traces are recorded.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        let context = self.0.as_ref()?.span_context();
        let (trace, span) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
        let (trace, span) = (u128::from_be_bytes(trace), u64::from_be_bytes(span));
        let parent = TraceParent { trace, span, flags: context.trace_flags().to_u8() };
        // Without ids, after the end of the process was requested.
        context.is_valid().then(|| parent.to_string())
    }
}

/// A span whose work has not ended.
#[derive(Debug)]
struct Open(Span);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.event("interrupted");
    }
}

/// What records the spans.
#[derive(Debug)]
struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    sampler: Sampler,
}

impl Traces {
    /// `ratio`: the part of all traces that the provider records.
    fn new(provider: SdkTracerProvider, ratio: f64) -> Self {
        Self { tracer: provider.tracer("code-delivery"), provider, sampler: Sampler::TraceIdRatioBased(ratio) }
    }

    fn recorded_id(&self, traceparent: &str) -> Option<String> {
        let parent: TraceParent = traceparent.parse().ok()?;
        let decided = self.sampler.should_sample(None, parent.trace.into(), "", &SpanKind::Internal, &[], &[]);
        let is_recorded = parent.flags & 1 == 1 && decided.decision == SamplingDecision::RecordAndSample;
        is_recorded.then(|| parent.trace_id())
    }

    fn begin(&self, new: &NewSpan<'_>) -> Span {
        let parent = new.parent().map_or_else(Context::new, |parent| {
            let (trace, span, flags) = (parent.trace.into(), parent.span.into(), TraceFlags::new(parent.flags));
            Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, true, TraceState::NONE))
        });
        self.build(new, &parent)
    }

    fn begin_as_root(&self, new: &NewSpan<'_>) -> Span {
        match new.parent() {
            Some(ids) => SpanIds::give(ids, || self.build(new, &Context::new())),
            None => Span::default(),
        }
    }

    fn build(&self, new: &NewSpan<'_>, parent: &Context) -> Span {
        let mut builder = SpanBuilder::from_name(new.name).with_kind(new.kind.into());
        if let Some(since) = new.since {
            builder = builder.with_start_time(time(since).min(SystemTime::now()));
        }
        Span(Some(Box::new(self.tracer.build_with_context(builder, parent))))
    }
}

fn time(milliseconds: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
