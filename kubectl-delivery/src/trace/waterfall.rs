//! The spans of a trace in their order: each after its parent, those of one parent by their beginnings. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use delivery_messages::records::text::cut;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Process, Reference, Span, Tag};

/// What our services put before their names.
const PREFIX: &str = "code-delivery-";
/// Tags that Jaeger or the exporter adds, and that say nothing of the delivery.
const OTHERS: [&str; 2] = ["otel.", "internal."];
/// The longest reason in bytes, as our services cut it.
const MAX_REASON: usize = 1_024;

/// What was done for a delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waterfall {
    pub(crate) namespace: String,
    pub(crate) delivery: String,
    pub(crate) trace_id: String,
    pub(crate) spans: Vec<Step>,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    /// The number of spans around it.
    pub(crate) depth: usize,
    pub(crate) name: String,
    /// Without the prefix of ours.
    pub(crate) service: String,
    /// The pod.
    pub(crate) instance: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    /// Since the beginning of the first span.
    pub(crate) start_microseconds: i64,
    pub(crate) duration_microseconds: i64,
    pub(crate) attributes: BTreeMap<String, Value>,
    pub(crate) events: Vec<Moment>,
    /// Why it failed, if it did.
    pub(crate) error: Option<String>,
}

/// What happened during a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Moment {
    pub(crate) name: String,
    /// Of an error: what it said.
    pub(crate) message: Option<String>,
    /// Since the beginning of the first span.
    pub(crate) at_microseconds: i64,
}

impl Waterfall {
    /// From Jaeger's answer; none without any span.
    pub(crate) fn of(namespace: &str, delivery: &str, trace_id: &str, answer: Answer) -> Option<Self> {
        let (mut spans, mut processes) = (Vec::new(), HashMap::new());
        for part in answer.data.into_iter().flatten() {
            spans.extend(part.spans.into_iter().flatten());
            processes.extend(part.processes.into_iter().flatten());
        }
        let begin = spans.iter().map(|span| span.start_time).min()?;
        let spans = ordered(spans).iter().map(|(depth, span)| step(span, *depth, begin, &processes)).collect();
        let (namespace, delivery) = (namespace.to_owned(), delivery.to_owned());
        Some(Self { namespace, delivery, trace_id: trace_id.to_owned(), spans })
    }

    /// From the first beginning to the last end, in microseconds.
    pub(crate) fn length(&self) -> i64 {
        let end = |step: &Step| step.start_microseconds.saturating_add(step.duration_microseconds);
        self.spans.iter().map(end).max().unwrap_or_default()
    }
}

/// The spans with their depths. A span whose parent is not there, such as that of a client of ours, is at the top.
fn ordered(mut spans: Vec<Span>) -> Vec<(usize, Span)> {
    let mut seen = HashSet::new();
    // Sent twice, it may be there twice.
    spans.retain(|span| seen.insert(span.id.clone()));
    spans.sort_by(|one, other| (one.start_time, &one.id).cmp(&(other.start_time, &other.id)));
    // By the parents; those at the top have none, which is the empty text.
    let mut children: HashMap<String, Vec<Span>> = HashMap::new();
    for span in spans {
        let known = parent(&span).filter(|parent| seen.contains(*parent) && *parent != span.id);
        children.entry(known.unwrap_or_default().to_owned()).or_default().push(span);
    }
    let mut ordered = Vec::new();
    let mut waiting = below(0, "", &mut children);
    loop {
        while let Some((depth, span)) = waiting.pop() {
            waiting.extend(below(depth + 1, &span.id, &mut children));
            ordered.push((depth, span));
        }
        // Spans that are one another's parents are nobody's work; they are shown all the same.
        let Some(parent) = children.keys().min().cloned() else { return ordered };
        waiting = below(0, &parent, &mut children);
    }
}

/// Takes the children of a span, the last one first, with their depth.
fn below(depth: usize, parent: &str, children: &mut HashMap<String, Vec<Span>>) -> Vec<(usize, Span)> {
    let found = children.remove(parent).unwrap_or_default();
    found.into_iter().rev().map(|span| (depth, span)).collect()
}

fn parent(span: &Span) -> Option<&str> {
    let is_parent = |reference: &&Reference| reference.ref_type == "CHILD_OF";
    span.references.iter().flatten().find(is_parent).map(|reference| reference.span.as_str())
}

fn step(span: &Span, depth: usize, begin: i64, processes: &HashMap<String, Process>) -> Step {
    let process = span.process.as_ref().and_then(|id| processes.get(id));
    let service = process.map_or("?", |process| process.service_name.as_str());
    let tags = span.tags.as_deref().unwrap_or_default();
    let events: Vec<_> = span.logs.iter().flatten().map(|log| (log.timestamp, log.fields.as_deref())).collect();
    let failed = tag(tags, "error").is_some_and(|value| value.as_bool() == Some(true) || value == "true");
    let thrown = || events.iter().find_map(|(_, fields)| reason(fields.unwrap_or_default(), "exception.message"));
    let why = || reason(tags, "otel.status_description").or_else(thrown).unwrap_or_else(|| "It failed.".to_owned());
    let is_ours = |tag: &&Tag| tag.key != "error" && !OTHERS.iter().any(|prefix| tag.key.starts_with(prefix));
    let moment = |(timestamp, fields): &(i64, Option<&[Tag]>)| Moment {
        name: text(fields.unwrap_or_default(), "event").unwrap_or_default(),
        message: reason(fields.unwrap_or_default(), "exception.message"),
        at_microseconds: timestamp.saturating_sub(begin),
    };
    Step {
        parent: parent(span).map(str::to_owned),
        depth,
        service: service.strip_prefix(PREFIX).unwrap_or(service).to_owned(),
        instance: process.and_then(|process| text(process.tags.as_deref()?, "service.instance.id")),
        started_at: Timestamp::from_microsecond(span.start_time).ok(),
        start_microseconds: span.start_time.saturating_sub(begin),
        duration_microseconds: span.duration,
        attributes: tags.iter().filter(is_ours).map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
        events: events.iter().map(moment).collect(),
        error: failed.then(why),
        id: span.id.clone(),
        name: span.operation_name.clone(),
    }
}

fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a Value> {
    tags.iter().find(|tag| tag.key == key).map(|tag| &tag.value)
}

fn text(tags: &[Tag], key: &str) -> Option<String> {
    tag(tags, key)?.as_str().map(str::to_owned)
}

/// A sentence of whatever length.
fn reason(tags: &[Tag], key: &str) -> Option<String> {
    tag(tags, key)?.as_str().map(|text| cut(text, MAX_REASON).into_owned())
}

#[cfg(test)]
#[path = "tests/waterfall.rs"]
pub(crate) mod tests;
