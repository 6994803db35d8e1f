//! HTTP requests to a service of the installation, or to a server beside it: through the API server's proxy, or at an address.
//!
//! Which Service that is, and which flag names an address, is left to [`super::gateway`] and [`super::services`].

use std::time::Duration;

use delivery_messages::records::text::without_login;
use http::response::Parts;
use http::{Request, StatusCode, Uri};
use kube::client::Body;
use kube::{Client, Config};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::answer::{self, AnswerError};
use super::connection::Cluster;
use crate::base::Problem;
use crate::base::error::root_cause;

/// Longer than the services wait for their own servers.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The pause before a request is repeated.
const PAUSE: Duration = Duration::from_millis(500);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway,
    Purchases,
    Invoices,
    Notifications,
    Mail,
    Jaeger,
    Prometheus,
}

impl Kind {
    /// For a sentence, after an article.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Purchases => "service of purchases",
            Self::Invoices => "service of invoices",
            Self::Notifications => "service of notifications",
            Self::Mail => "mail server",
            Self::Jaeger => "query API of Jaeger",
            Self::Prometheus => "query API of Prometheus",
        }
    }

    /// How its address is written.
    const fn example(self) -> &'static str {
        match self {
            Self::Gateway | Self::Purchases | Self::Invoices | Self::Notifications => "http://127.0.0.1:30080",
            Self::Mail => "http://127.0.0.1:30080/mail",
            Self::Jaeger => "http://127.0.0.1:29686",
            Self::Prometheus => "http://127.0.0.1:29090",
        }
    }
}

/// No usable answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("Name the gateway with --gateway.")]
    NoAddress,
    #[error("{address} is not an address of a {} ({problem}); write it as {}.", kind.name(), kind.example())]
    InvalidAddress { kind: Kind, address: String, problem: AddressProblem },
    #[error("The {} {location} does not answer: {cause}. Check that it is running.", kind.name())]
    Unavailable { kind: Kind, location: String, cause: Unavailable },
    #[error("The {} {location} answers with more than {} KiB. Check that it is one, and ask for less.", kind.name(), limit >> 10)]
    TooLong { kind: Kind, location: String, limit: usize },
    /// The server's own message, a whole sentence.
    #[error("{message}")]
    Refused { kind: Kind, message: String },
    #[error("The {} {location} belongs to another release: {source}.", kind.name())]
    OtherRelease { kind: Kind, location: String, source: serde_json::Error },
}

/// What is wrong with an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressProblem {
    #[error("it has no scheme")]
    NoScheme,
    #[error("it has a name or a password, which would not be sent")]
    Login,
    #[error(transparent)]
    Uri(#[from] http::uri::InvalidUri),
    #[error(transparent)]
    Client(#[from] kube::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The API server refuses to forward the request.
    #[error("{0}")]
    Proxy(String),
    /// The same, because the user may not use its proxy.
    #[error("{0}")]
    Forbidden(String),
    #[error("{}", root_cause(.0))]
    Client(#[from] kube::Error),
    #[error(transparent)]
    Request(#[from] http::Error),
}

impl Problem for ServerError {
    fn reason(&self) -> &'static str {
        match self {
            Self::NoAddress | Self::InvalidAddress { kind: Kind::Gateway, .. } => "GatewayAddress",
            Self::Unavailable { kind: Kind::Gateway, .. } | Self::TooLong { kind: Kind::Gateway, .. } => {
                "GatewayUnavailable"
            }
            Self::Refused { kind: Kind::Gateway, .. } => "GatewayRefuses",
            Self::InvalidAddress { .. } => "ServiceAddress",
            Self::Unavailable { .. } | Self::TooLong { .. } => "ServiceUnavailable",
            Self::Refused { .. } => "ServiceRefuses",
            Self::OtherRelease { .. } => "OtherRelease",
        }
    }

    fn is_forbidden(&self) -> bool {
        matches!(self, Self::Unavailable { cause: Unavailable::Forbidden(_), .. })
    }
}

impl ServerError {
    /// Whether the same request may be answered later.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { cause: Unavailable::Timeout(_) | Unavailable::Proxy(_) | Unavailable::Client(_), .. }
        )
    }
}

/// A client of a server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(super) kind: Kind,
    pub(super) client: Client,
    /// The prefix of each path.
    pub(super) base: String,
    /// Where it is, for messages.
    pub(super) location: String,
}

/// A server's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    from: Kind,
    pub(crate) status: StatusCode,
    /// The JSON body; null if it is not JSON.
    pub(crate) body: Value,
}

impl Reply {
    /// The stable name of the error, if the server reports one.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.body.pointer("/error/reason")?.as_str()
    }

    /// The server's error message.
    pub(crate) fn message(&self) -> String {
        let message = self.body.pointer("/error/message").and_then(Value::as_str);
        message.map_or_else(|| format!("The {} answers {}.", self.from.name(), self.status), str::to_owned)
    }

    /// Whether the server could not serve the request now, and may later.
    pub(crate) fn is_for_now(&self) -> bool {
        [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&self.status)
    }

    /// An error that says what the server said.
    pub(crate) fn refused(&self) -> ServerError {
        ServerError::Refused { kind: self.from, message: self.message() }
    }
}

impl Server {
    /// The one at an address, each path after `base`; also for a Job in the cluster, which cannot use the API server.
    pub(crate) fn at(kind: Kind, address: &str, base: &str) -> Result<Self, ServerError> {
        let address = address.trim_end_matches('/');
        let shown = without_login(address);
        let invalid = |problem| ServerError::InvalidAddress { kind, address: shown.clone(), problem };
        let uri: Uri = address.parse().map_err(|error: http::uri::InvalidUri| invalid(error.into()))?;
        if uri.scheme().is_none() {
            return Err(invalid(AddressProblem::NoScheme));
        }
        if uri.authority().is_some_and(|place| place.as_str().contains('@')) {
            return Err(invalid(AddressProblem::Login));
        }
        // A 503 of the server is an answer.
        let mut config = Config::new(uri);
        config.default_retry = false;
        let client = Client::try_from(config).map_err(|error| invalid(error.into()))?;
        Ok(Self { kind, client, base: base.to_owned(), location: format!("at {shown}") })
    }

    /// The one behind a Service, through the API server.
    pub(crate) fn of_service(kind: Kind, cluster: &Cluster, namespace: &str, name: &str, port: i32) -> Self {
        Self {
            kind,
            client: cluster.no_retry.clone(),
            base: format!("/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy"),
            location: format!("of the Service {namespace}/{name}"),
        }
    }

    /// Sends a GET request; `path` includes the query. An error status is an answer, too.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, ServerError> {
        self.send(Request::get(format!("{}{path}", self.base)).body(Body::empty())).await
    }

    /// Sends a POST request with a JSON body, under a key by which the server recognizes it if it comes again.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Reply, ServerError> {
        let request = Request::post(format!("{}{path}", self.base))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string().into_bytes()));
        self.send(request).await
    }

    fn too_long(&self, limit: usize) -> ServerError {
        ServerError::TooLong { kind: self.kind, location: self.location.clone(), limit }
    }

    async fn send(&self, request: Result<Request<Body>, http::Error>) -> Result<Reply, ServerError> {
        let unavailable = |cause| ServerError::Unavailable { kind: self.kind, location: self.location.clone(), cause };
        let request = request.map_err(|error| unavailable(error.into()))?;
        let answered = timeout(TIMEOUT, answer::exchange(&self.client, request, answer::LIMIT)).await;
        let (Parts { status, .. }, body) =
            answered.map_err(|_| unavailable(Unavailable::Timeout(TIMEOUT)))?.map_err(|error| match error {
                AnswerError::TooLong(limit) => self.too_long(limit),
                AnswerError::Client(error) => unavailable(error.into()),
            })?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        // From the API server, not from the service.
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        if text("kind") == Some("Status") && text("apiVersion") == Some("v1") {
            let message = text("message").unwrap_or("the API server refuses to forward the request").to_owned();
            let is_forbidden = status == StatusCode::FORBIDDEN;
            let cause = if is_forbidden { Unavailable::Forbidden(message) } else { Unavailable::Proxy(message) };
            return Err(unavailable(cause));
        }
        Ok(Reply { from: self.kind, status, body })
    }

    /// Reads a resource that must exist; while the server answers 503, or 429 because of its budgets, repeats the request for up to
    /// `patience`.
    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str, patience: Duration) -> Result<T, ServerError> {
        let deadline = Instant::now() + patience;
        loop {
            let reply = self.get(path).await?;
            if reply.is_for_now() && Instant::now() + PAUSE < deadline {
                sleep(PAUSE).await;
                continue;
            }
            if reply.status != StatusCode::OK {
                return Err(reply.refused());
            }
            return self.decoded(reply);
        }
    }

    /// What an answer holds.
    pub(crate) fn decoded<T: DeserializeOwned>(&self, reply: Reply) -> Result<T, ServerError> {
        let Self { kind, location, .. } = self;
        let other = |source| ServerError::OtherRelease { kind: *kind, location: location.clone(), source };
        serde_json::from_value(reply.body).map_err(other)
    }
}

/// What RFC 3986 lets stand as it is in a path.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes an id for a path; a UUID stays as it is.
pub(crate) fn segment(id: &str) -> String {
    utf8_percent_encode(id, UNRESERVED).to_string()
}

/// Percent-encodes text for a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
#[path = "tests/server.rs"]
mod tests;
