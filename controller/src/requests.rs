//! Counts and times the requests to the Kubernetes API: a layer of the client that every operator puts into its own. May import
//! [`crate::limits`].
//!
//! The verbs are those of Kubernetes' RBAC. A watch counts when its answer begins; what follows is events of one request.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use delivery_observability::metrics::histograms::native;
use futures::future::BoxFuture;
use http::{Method, Request, Response, Uri};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tower::{Layer, Service};

use crate::limits::{ANSWER, SILENCE, TimeLimit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAnswer {
    verb: &'static str,
    /// The status, or `none`.
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVerb {
    verb: &'static str,
}

/// The requests of one process to the Kubernetes API; a clone counts the same.
#[derive(Clone, Debug)]
pub struct ApiRequests {
    answered: Family<OfAnswer, Counter>,
    times: Family<OfVerb, Histogram, fn() -> Histogram>,
}

impl Default for ApiRequests {
    fn default() -> Self {
        let times = || native([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]);
        Self {
            answered: Family::default(),
            times: Family::<OfVerb, Histogram, fn() -> Histogram>::new_with_constructor(times),
        }
    }
}

impl ApiRequests {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "kubernetes_requests",
            "Requests to the Kubernetes API, by verb and by the status of the answer; none: there was none",
            self.answered.clone(),
        );
        registry.register_with_unit(
            "kubernetes_request_duration",
            "Time from a request to the Kubernetes API to the beginning of its answer, or to its failure, by verb",
            Unit::Seconds,
            self.times.clone(),
        );
    }

    /// A client whose requests are counted. Each has a time limit, and so has a connection on which nothing comes.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn client(&self, config: Config) -> Result<Client, kube::Error> {
        self.client_within(ANSWER, SILENCE, config)
    }

    fn client_within(&self, answer: Duration, silence: Duration, mut config: Config) -> Result<Client, kube::Error> {
        config.read_timeout = Some(silence);
        Ok(ClientBuilder::try_from(config)?.with_layer(&TimeLimit(answer)).with_layer(self).build())
    }

    fn ended(&self, verb: &'static str, code: String, begun: Instant) {
        self.answered.get_or_create(&OfAnswer { verb, code }).inc();
        self.times.get_or_create(&OfVerb { verb }).observe(begun.elapsed().as_secs_f64());
    }
}

impl<S> Layer<S> for ApiRequests {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, requests: self.clone() }
    }
}

/// A client's service whose requests are counted.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    inner: S,
    requests: ApiRequests,
}

impl<S, A> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<A>> + 'static,
    S::Future: Send + 'static,
    A: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (verb, begun, requests) = (verb(request.method(), request.uri()), Instant::now(), self.requests.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            let code = answer.as_ref().map_or_else(|_| "none".to_owned(), |answer| answer.status().as_str().to_owned());
            requests.ended(verb, code, begun);
            answer
        })
    }
}

/// What a request asks for, in Kubernetes' words.
fn verb(method: &Method, uri: &Uri) -> &'static str {
    let one = names_one(uri.path());
    match *method {
        Method::GET if uri.query().is_some_and(|query| query.split('&').any(|part| part == "watch=true")) => "watch",
        Method::GET | Method::HEAD if one => "get",
        Method::GET | Method::HEAD => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if one => "delete",
        Method::DELETE => "deletecollection",
        _ => "other",
    }
}

/// Whether a path names one object, or is none of objects at all, such as `/version`.
fn names_one(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    // What follows the version: `namespaces/NAMESPACE/RESOURCE/NAME`, or `RESOURCE/NAME`.
    let rest: Vec<&str> = match parts.next() {
        Some("api") => parts.skip(1).collect(),
        Some("apis") => parts.skip(2).collect(),
        _ => return true,
    };
    !matches!(rest.as_slice(), ["namespaces", _, _] | [_])
}

#[cfg(test)]
#[path = "tests/requests.rs"]
mod tests;
