//! The collector of traces: whether there is one, as the environment says, and the way there: OTLP over HTTP, in batches, from a thread of
//! its own.
//!
//! A collector that is away costs nothing but the spans: the queue is bounded, each request has a time limit, and the log has one line
//! when it goes and one when it returns. The variables are those that OpenTelemetry has for all programs:
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use delivery_http_client::{Http, HttpError as Failure, Trust};
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, ParentBasedSampler, Sampler, SdkTracerProvider,
};
use tokio::runtime::{Builder, Runtime};

use crate::secrets::without_login;
use crate::traces::span_ids::SpanIds;

/// The maximum number of spans that wait.
const QUEUE: usize = 2_048;
/// The maximum number of spans in a request.
const BATCH: usize = 512;
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(1);
/// How long the collector may take to answer a request, and for how long a request that failed is repeated.
const LIMIT: Duration = Duration::from_secs(2);
/// The maximum number of bytes of an answer.
const ANSWER_LIMIT: usize = 64 << 10;

/// Which collector gets the traces, and how many of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// The address to which spans are posted.
    pub endpoint: String,
    /// The part of all traces that is recorded, from 0 to 1.
    pub ratio: f64,
    /// What the process is called in the traces.
    pub service: String,
    /// Which of several such processes this is.
    pub instance: Option<String>,
}

impl Settings {
    /// From the environment; none: no traces.
    #[must_use]
    pub(crate) fn of(service: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if set("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return None;
        }
        let base =
            || set("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| format!("{}/v1/traces", base.trim_end_matches('/')));
        let endpoint = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(base)?;
        let ratio = ratio(set("OTEL_TRACES_SAMPLER").as_deref(), set("OTEL_TRACES_SAMPLER_ARG").as_deref());
        let service = set("OTEL_SERVICE_NAME")
            .unwrap_or_else(|| format!("code-delivery-{}", service.trim_end_matches(" service").replace(' ', "-")));
        Some(Self { endpoint, ratio, service, instance: set("HOSTNAME") })
    }

    /// Opens the way to the collector, without waiting for it.
    ///
    /// # Errors
    /// When the address is none.
    pub(crate) fn open(&self) -> anyhow::Result<SdkTracerProvider> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(&self.endpoint)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(LIMIT)
            .with_http_client(Collector::new(&self.endpoint)?)
            .build()
            // What the exporter says of an address quotes it, with its password.
            .map_err(|_| anyhow!("its address is not valid"))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY)
            .build();
        let instance = self.instance.clone().map(|instance| KeyValue::new("service.instance.id", instance));
        let resource = Resource::builder()
            .with_service_name(self.service.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attributes(instance)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            .with_sampler(sampler(self.ratio))
            .with_id_generator(SpanIds)
            .with_resource(resource)
            .build();
        Ok(provider)
    }
}

/// The part of all traces that is recorded, by the names of OpenTelemetry's samplers.
fn ratio(sampler: Option<&str>, argument: Option<&str>) -> f64 {
    match sampler {
        Some("always_off" | "parentbased_always_off") => 0.0,
        Some("traceidratio" | "parentbased_traceidratio") => {
            argument.and_then(|text| text.parse().ok()).filter(|ratio| (0.0..=1.0).contains(ratio)).unwrap_or(1.0)
        }
        _ => 1.0,
    }
}

/// Decides by the trace's id, so that all services decide alike; what a client does not want to be recorded is not.
pub(crate) fn sampler(ratio: f64) -> ParentBasedSampler {
    Sampler::parent_based(Sampler::TraceIdRatioBased(ratio))
        .with_remote_parent_sampled(Sampler::TraceIdRatioBased(ratio))
}

/// The client of the collector. The thread that sends the batches drives it, whatever the process's own runtime does.
#[derive(Debug)]
struct Collector {
    /// For the log.
    endpoint: String,
    http: Http,
    /// Never dropped: that would wait for a name that DNS is still looking up.
    runtime: &'static Runtime,
    is_away: AtomicBool,
}

impl Collector {
    fn new(endpoint: &str) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("it has no runtime")?;
        // Certificates are read only for an address that needs them.
        let trust = if endpoint.starts_with("https:") { Trust::System } else { Trust::None };
        let http = Http::new(trust, ANSWER_LIMIT)?;
        let runtime: &Runtime = Box::leak(Box::new(runtime));
        Ok(Self { endpoint: without_login(endpoint), http, runtime, is_away: AtomicBool::new(false) })
    }

    /// Logs that the collector has gone or returned, once each.
    fn note(&self, problem: Option<&str>) {
        let endpoint = &self.endpoint;
        match (problem, self.is_away.swap(problem.is_some(), Ordering::Relaxed)) {
            (Some(problem), false) => tracing::warn!(
                "The collector of traces at {endpoint} does not take them: {problem}. They are lost until it does; nothing \
                 else is affected."
            ),
            (None, true) => tracing::info!("The collector at {endpoint} takes traces again."),
            (Some(_), true) | (None, false) => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answered: Result<_, Failure> = self.runtime.block_on(self.http.request(request, LIMIT));
        match answered {
            Ok((status, body)) => {
                let problem = (!status.is_success()).then(|| format!("it answers {status}"));
                self.note(problem.as_deref());
                let mut response = Response::new(body);
                *response.status_mut() = status;
                Ok(response)
            }
            Err(error) => {
                self.note(Some(&error.to_string()));
                Err(error.into())
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/collector.rs"]
mod tests;
