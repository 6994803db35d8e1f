use std::sync::{Arc, Mutex};

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::*;
use crate::traces::collector::sampler;

const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNRECORDED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// What records a part of the traces, and the spans that have ended.
fn traces(ratio: f64) -> (Traces, Kept) {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(kept.clone())
        .with_sampler(sampler(ratio))
        .with_id_generator(SpanIds)
        .build();
    (Traces::new(provider, ratio), kept)
}

fn named<'a>(name: &'static str, parent: Option<&'a str>) -> NewSpan<'a> {
    NewSpan { name, parent, ..NewSpan::default() }
}

#[test]
fn a_span_belongs_to_the_trace_of_its_parent() {
    let (traces, kept) = traces(1.0);
    let mut span = traces.begin(&NewSpan { since: Some(1_000), ..named("create pod", Some(GIVEN)) });
    span.text("delivery", "primeiro");
    span.number("attempt", 2_u32);
    let inside: TraceParent = span.traceparent().unwrap().parse().unwrap();
    drop(span);
    let ended = kept.0.lock().unwrap().clone();
    let [span] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!(span.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(
        (inside.trace, inside.span),
        (GIVEN.parse::<TraceParent>().unwrap().trace, u64::from_be_bytes(span.span_context.span_id().to_bytes()))
    );
    assert_eq!(span.start_time, UNIX_EPOCH + Duration::from_secs(1));
    assert!(span.end_time > span.start_time);
    assert_eq!(span.attributes, [KeyValue::new("delivery", "primeiro"), KeyValue::new("attempt", 2_i64)]);
}

#[test]
fn the_first_span_of_a_trace_has_the_ids_that_others_already_name() {
    let (traces, kept) = traces(1.0);
    drop(traces.begin_as_root(&named("accept", Some(GIVEN))));
    drop(traces.begin(&named("create pod", Some(GIVEN))));
    let ended = kept.0.lock().unwrap().clone();
    let [root, child] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!(root.span_context.span_id().to_string(), "00f067aa0ba902b7");
    assert_eq!(
        (root.parent_span_id.to_string(), root.span_context.trace_id()),
        ("0".repeat(16), child.span_context.trace_id())
    );
    assert_eq!(child.parent_span_id, root.span_context.span_id());
    assert_ne!(child.span_context.span_id(), root.span_context.span_id());
}

#[test]
fn what_a_stranger_calls_a_trace_is_ignored() {
    let (traces, kept) = traces(1.0);
    drop(traces.begin(&named("start request", Some("00-<script>"))));
    let ended = kept.0.lock().unwrap().clone();
    assert_eq!(ended[0].parent_span_id.to_string(), "0".repeat(16), "it begins a trace");
    assert!(traces.begin_as_root(&named("accept", Some("00-<script>"))).traceparent().is_none());
}

#[test]
fn a_trace_that_is_not_to_be_recorded_is_not_but_goes_on() {
    let (all, kept) = traces(1.0);
    let unwanted = all.begin(&named("start request", Some(UNRECORDED)));
    let going_on = unwanted.traceparent().unwrap();
    assert!(going_on.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && going_on.ends_with("-00"), "{going_on}");
    drop(unwanted);
    let (none, kept_too) = traces(0.0);
    assert!(none.begin(&named("start request", Some(GIVEN))).traceparent().unwrap().ends_with("-00"));
    drop(none.begin(&named("start request", None)));
    drop(none.begin_as_root(&named("accept", Some(GIVEN))));
    assert!(kept.0.lock().unwrap().is_empty() && kept_too.0.lock().unwrap().is_empty());
}

#[test]
fn an_error_is_an_event_and_the_outcome() {
    let (traces, kept) = traces(1.0);
    let mut span = traces.begin(&named("create pod", Some(GIVEN)));
    span.event_at("retry", 1_000);
    span.outcome(&Err::<(), _>("The quota is used up."));
    drop(span);
    let ended = kept.0.lock().unwrap().clone();
    assert_eq!(ended[0].status, Status::error("The quota is used up."));
    let events: Vec<_> = ended[0].events.iter().map(|event| event.name.to_string()).collect();
    assert_eq!(events, ["retry", "exception"]);
    assert_eq!(ended[0].events[0].timestamp, UNIX_EPOCH + Duration::from_secs(1));
}

#[tokio::test]
async fn a_span_has_the_outcome_of_its_work_or_says_that_there_was_none() {
    let (traces, kept) = traces(1.0);
    let begin = || traces.begin(&named("create pod", Some(GIVEN)));
    assert_eq!(begin().during(async { Ok::<_, &str>(7) }).await, Ok(7));
    assert_eq!(begin().during(async { Err::<(), _>("It is away.") }).await, Err("It is away."));
    let endless = begin().during(std::future::pending::<Result<(), &str>>());
    assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
    let ended = kept.0.lock().unwrap().clone();
    let told: Vec<_> = ended
        .iter()
        .map(|span| (span.status.clone(), span.events.iter().map(|event| event.name.to_string()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        told,
        [
            (Status::Unset, vec![]),
            (Status::error("It is away."), vec!["exception".to_owned()]),
            (Status::Unset, vec!["interrupted".to_owned()]),
        ]
    );
}

#[tokio::test]
async fn work_that_fails_without_an_error_is_noted_as_its_caller_says() {
    let (traces, kept) = traces(1.0);
    let refused = |span: &mut Span, is_taken: &bool| {
        if !is_taken {
            span.failed(&"There is no such route.");
        }
    };
    let begin = || traces.begin(&named("serve request", Some(GIVEN)));
    assert!(begin().noting(async { true }, refused).await);
    assert!(!begin().noting(async { false }, refused).await);
    let endless = begin().noting(std::future::pending::<bool>(), refused);
    assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
    let ended = kept.0.lock().unwrap().clone();
    let told: Vec<_> = ended.iter().map(|span| (span.status.clone(), span.events.len())).collect();
    assert_eq!(
        told,
        [(Status::Unset, 0), (Status::error("There is no such route."), 1), (Status::Unset, 1)],
        "the last one was interrupted"
    );
}

#[test]
fn a_megabyte_that_a_span_quotes_is_cut() {
    let (traces, kept) = traces(1.0);
    let long = delivery_fuzz::megabyte();
    let mut span = traces.begin(&named("start request", Some(GIVEN)));
    span.text("request", &long);
    span.failed(&long);
    drop(span);
    let ended = kept.0.lock().unwrap().clone();
    let [span] = ended.as_slice() else { panic!("{} spans", ended.len()) };
    let Status::Error { description } = &span.status else { panic!("{:?}", span.status) };
    let said = span.events.iter().flat_map(|event| &event.attributes).chain(&span.attributes);
    let texts: Vec<String> =
        said.map(|attribute| attribute.value.to_string()).chain([description.to_string()]).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts.iter().all(|text| text.len() <= MAX_TEXT && text.starts_with('é')));
}

#[test]
fn without_a_collector_a_span_is_nothing() {
    assert!(!is_on());
    let mut span = named("create pod", Some(GIVEN)).begin();
    span.number("attempt", 1_u32);
    span.failed(&"It failed.");
    assert_eq!(span.traceparent(), None);
    assert!(span.0.is_none());
    assert!(named("accept", Some(GIVEN)).begin_as_root().0.is_none());
}

#[test]
fn a_trace_is_known_to_be_recorded_when_a_span_in_it_would_be() {
    let id = Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned());
    for (ratio, traceparent, expected) in
        [(1.0, GIVEN, id.clone()), (0.7, GIVEN, id), (0.5, GIVEN, None), (1.0, UNRECORDED, None), (1.0, "x", None)]
    {
        let (traces, kept) = traces(ratio);
        assert_eq!(traces.recorded_id(traceparent), expected, "{ratio}: {traceparent}");
        drop(traces.begin(&named("accept", Some(traceparent))));
        let spans = kept.0.lock().unwrap().len();
        assert_eq!(spans == 1, expected.is_some() || traceparent == "x", "{ratio}: {traceparent}");
    }
}
