//! What a client may see of a trace: names, services, times, and of the attributes those that say nothing of anybody. Pure.
//!
//! A trace also holds ids of purchases, notifications and requests, which may open what they name, and sentences of other servers about
//! what failed, which may name a person. None of them is passed on: why something failed only where the delivery's Events tell it as well, or
//! it names nobody. `kubectl delivery trace` shows all of it to those whom the Kubernetes API lets see the delivery.

use std::collections::{BTreeMap, HashMap, HashSet};

use delivery_messages::deliveries::event::MAX_MESSAGE;
use delivery_messages::records::text::cut;
use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Process, Span, Tag, Trace};

/// What our services put before their names.
const PREFIX: &str = "code-delivery-";
/// The attributes that are passed on.
const ATTRIBUTES: [&str; 5] = ["attempt", "connector", "phase", "seq", "topic"];
/// The maximum number of spans that are passed on: those that began first.
const MAX_SPANS: usize = 500;
/// The maximum number of events of a span that are passed on: the first.
const MAX_EVENTS: usize = 50;
/// The maximum length of a text, in characters.
const MAX_TEXT: usize = 100;

/// The trace of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TraceView {
    trace_id: String,
    /// In the order of their beginnings.
    spans: Vec<SpanView>,
    /// Whether there are more.
    truncated: bool,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanView {
    id: String,
    /// The span that it belongs to, if that is in the trace as well.
    parent: Option<String>,
    name: String,
    /// Without the prefix of ours.
    service: String,
    /// The pod.
    instance: Option<String>,
    /// Since the beginning of the first span.
    start_microseconds: i64,
    duration_microseconds: i64,
    attributes: BTreeMap<String, Value>,
    events: Vec<EventView>,
    failed: bool,
    /// Why, if that may be told; as long as the message of an Event at most.
    error: Option<String>,
}

/// What happened during a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventView {
    name: String,
    /// Since the beginning of the first span.
    at_microseconds: i64,
}

impl TraceView {
    /// The first trace of an answer; none without any span.
    #[must_use]
    pub(crate) fn of(answer: Answer) -> Option<Self> {
        let Trace { id, spans, processes } = answer.data?.into_iter().next()?;
        let (mut spans, processes) = (spans.unwrap_or_default(), processes.unwrap_or_default());
        let mut known = HashSet::new();
        // Sent twice, it may be there twice.
        spans.retain(|span| known.insert(span.id.clone()));
        spans.sort_by(|one, other| (one.start_time, &one.id).cmp(&(other.start_time, &other.id)));
        let begin = spans.first()?.start_time;
        let truncated = spans.len() > MAX_SPANS;
        spans.truncate(MAX_SPANS);
        let shown: HashSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
        let spans = spans.iter().map(|span| view(span, begin, &shown, &processes)).collect();
        // Jaeger leaves out the first half of an id if it is zero.
        Some(Self { trace_id: format!("{:0>32}", short(&id)), spans, truncated })
    }
}

fn view(span: &Span, begin: i64, shown: &HashSet<&str>, processes: &HashMap<String, Process>) -> SpanView {
    let process = span.process.as_ref().and_then(|id| processes.get(id));
    let service = process.map_or("?", |process| process.service_name.as_str());
    let instance = process.and_then(|process| tag(process.tags.as_deref(), "service.instance.id")?.as_str());
    let tags = span.tags.as_deref();
    let parent = span.references.iter().flatten().find(|reference| reference.ref_type == "CHILD_OF");
    let parent = parent.map(|reference| reference.span.as_str()).filter(|parent| shown.contains(parent));
    let attribute = |name: &&str| Some(((*name).to_owned(), plain(tag(tags, name)?)?));
    let event = |fields: Option<&[Tag]>| short(tag(fields, "event").and_then(Value::as_str).unwrap_or_default());
    let (name, service) = (short(&span.operation_name), short(service.strip_prefix(PREFIX).unwrap_or(service)));
    let failed = tag(tags, "error").is_some_and(|value| value.as_bool() == Some(true) || value == "true");
    SpanView {
        id: short(&span.id),
        parent: parent.map(short),
        error: (failed && may_be_explained(&service, &name)).then(|| reason(span)).flatten(),
        name,
        service,
        instance: instance.map(short),
        start_microseconds: span.start_time.saturating_sub(begin),
        duration_microseconds: span.duration.max(0),
        attributes: ATTRIBUTES.iter().filter_map(attribute).collect(),
        events: span
            .logs
            .iter()
            .flatten()
            .take(MAX_EVENTS)
            .map(|log| EventView {
                name: event(log.fields.as_deref()),
                at_microseconds: log.timestamp.saturating_sub(begin),
            })
            .collect(),
        failed,
    }
}

/// Whether a span's reason may be passed on: the delivery's Events have that of the operator and of the pod, the gateway's are sentences of
/// our own, and the sink's are kinds of errors.
fn may_be_explained(service: &str, name: &str) -> bool {
    matches!(
        (service, name),
        ("operator", "publish plan" | "create pod" | "delete pod")
            | ("simulator", "start" | "resume" | "drive")
            | ("gateway", "start request")
            | ("sink", "first document")
    )
}

/// Why a span failed: the message of its status, else of its first exception.
fn reason(span: &Span) -> Option<String> {
    let thrown = || span.logs.iter().flatten().find_map(|log| tag(log.fields.as_deref(), "exception.message"));
    let why = tag(span.tags.as_deref(), "otel.status_description").or_else(thrown)?;
    why.as_str().map(|why| cut(why, MAX_MESSAGE).into_owned())
}

fn tag<'a>(tags: Option<&'a [Tag]>, key: &str) -> Option<&'a Value> {
    tags?.iter().find(|tag| tag.key == key).map(|tag| &tag.value)
}

/// A number, or a text of bounded length.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(Value::Number(number.clone())),
        Value::String(text) => Some(Value::String(short(text))),
        _ => None,
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
#[path = "tests/spans.rs"]
mod tests;
