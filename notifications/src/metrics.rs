//! The service's metrics.

use std::time::Duration;

use delivery_http_server::routes::DURATIONS;
use delivery_messages::Topic;
use delivery_observability::metrics::group_lag::{self, GroupLabels};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// What became of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Outcome {
    /// A short list of values.
    pub outcome: &'static str,
}

/// Where a request came from, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRequest {
    /// `http` or `kafka`.
    pub from: &'static str,
    /// `new`, `repeated`, or why it was refused.
    pub outcome: &'static str,
}

/// A topic and what became of its records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfTopic {
    pub topic: &'static str,
    /// `news`, `none`, `nobodys`, or what is wrong with the record.
    pub outcome: &'static str,
}

/// A kind of news.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfKind {
    /// `approved`, `invoiced` and so on.
    pub kind: &'static str,
}

/// Why a connection was closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfReason {
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfStatus {
    pub code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfDependency {
    /// `kafka`, `mongodb` or `smtp`.
    pub dependency: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfBudget {
    /// `changes` or `queries`.
    pub budget: &'static str,
    /// Whose it was: `address` or `all`.
    pub of: &'static str,
}

/// All metrics; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    requests: Family<OfRequest, Counter>,
    published: Family<Outcome, Counter>,
    mails: Family<Outcome, Counter>,
    mail_time: Histogram,
    mail_delay: Histogram,
    projected: Family<OfTopic, Counter>,
    news: Family<OfKind, Counter>,
    group_lag: Family<GroupLabels, Gauge>,
    http: Family<OfStatus, Counter>,
    http_time: Histogram,
    http_closed: Family<OfReason, Counter>,
    over_budget: Family<OfBudget, Counter>,
    dependency_up: Family<OfDependency, Gauge>,
}

/// What the build is called.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Upper bounds of the buckets, seconds.
const SECONDS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 600.0];

impl Metrics {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            published: Family::default(),
            mails: Family::default(),
            mail_time: Histogram::new(SECONDS),
            mail_delay: Histogram::new(SECONDS),
            projected: Family::default(),
            news: Family::default(),
            group_lag: Family::default(),
            http: Family::default(),
            http_time: Histogram::new(DURATIONS),
            http_closed: Family::default(),
            over_budget: Family::default(),
            dependency_up: Family::default(),
        };
        registry.register("build", "The running build", Info::new(vec![("version", VERSION)]));
        let m = metrics.clone();
        registry.register(
            "requests",
            "Requests to tell a recipient something, by where they came from (http, kafka) and outcome: new, repeated, or why refused",
            m.requests,
        );
        registry.register(
            "changes_published",
            "Changes written to notifications.changed, by outcome: sent or failed",
            m.published,
        );
        registry.register(
            "mails",
            "Attempts to send an e-mail, by outcome: sent, sent-again (the outcome of the attempt before is unknown), later, bounced, failed",
            m.mails,
        );
        registry.register_with_unit(
            "mail_duration",
            "Time that the mail server took for one e-mail",
            Unit::Seconds,
            m.mail_time,
        );
        registry.register_with_unit(
            "mail_delay",
            "Time from a notification's creation until its e-mail was sent",
            Unit::Seconds,
            m.mail_delay,
        );
        registry.register(
            "projected_records",
            "Records of purchases, invoices, plans and states, by outcome: news, none, nobodys (not of a customer's delivery), or what is \
             wrong with them",
            m.projected,
        );
        registry.register("news", "News written to notifications.send-notification, by kind", m.news);
        registry.register(
            "consumer_group_lag_records",
            "Records after the offset that a consumer group has committed, in the partitions of this member of it",
            m.group_lag,
        );
        registry.register("http_responses", "HTTP responses, by status code", m.http);
        registry.register_with_unit(
            "http_request_duration",
            "Time from the headers of an HTTP request to those of its answer",
            Unit::Seconds,
            m.http_time,
        );
        registry.register(
            "http_connections_closed",
            "HTTP connections that the service closed, by reason: unread (the client read nothing of the answer), crowded (too many other \
             clients did not read either), no-request (no request arrived in time), too-many-of-address",
            m.http_closed,
        );
        registry.register(
            "dependency_up",
            "Whether a server that the service depends on is available (1) or not (0)",
            m.dependency_up,
        );
        registry.register(
            "over_budget",
            "Requests refused because a budget was used up, by budget and by whose it was: address or all",
            m.over_budget,
        );
        metrics
    }

    /// A request was served, or refused.
    pub(crate) fn request(&self, from: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&OfRequest { from, outcome }).inc();
    }

    /// A change was published, or not.
    pub(crate) fn published(&self, sent: bool) {
        let outcome = if sent { "sent" } else { "failed" };
        self.published.get_or_create(&Outcome { outcome }).inc();
    }

    /// An attempt to send an e-mail took this long, and ended like this.
    pub(crate) fn mail(&self, outcome: &'static str, took: Duration) {
        self.mails.get_or_create(&Outcome { outcome }).inc();
        self.mail_time.observe(took.as_secs_f64());
    }

    /// An e-mail was sent so long after its notification was created.
    pub(crate) fn mail_delay(&self, delay: Duration) {
        self.mail_delay.observe(delay.as_secs_f64());
    }

    /// A record was projected.
    pub(crate) fn projected(&self, topic: Topic, outcome: &'static str) {
        self.projected.get_or_create(&OfTopic { topic: topic.name(), outcome }).inc();
    }

    /// News was written.
    pub(crate) fn news(&self, kind: &'static str) {
        self.news.get_or_create(&OfKind { kind }).inc();
    }

    /// How far a consumer group is behind in a topic; `None`: this process has no partition of it.
    pub(crate) fn group_lag(&self, group: &str, topic: Topic, records: Option<u64>) {
        group_lag::set(&self.group_lag, group, topic.name(), records);
    }

    /// A request was answered, so long after it came.
    pub(crate) fn answered(&self, code: u16, took: Duration) {
        self.http_time.observe(took.as_secs_f64());
        self.http.get_or_create(&OfStatus { code }).inc();
    }

    /// A request was over budget.
    pub(crate) fn over_budget(&self, budget: &'static str, of: &'static str) {
        self.over_budget.get_or_create(&OfBudget { budget, of }).inc();
    }

    /// A connection was closed because of its client.
    pub(crate) fn http_closed(&self, reason: &'static str) {
        self.http_closed.get_or_create(&OfReason { reason }).inc();
    }

    /// Whether a dependency is available.
    pub(crate) fn dependency(&self, dependency: &'static str, up: bool) {
        self.dependency_up.get_or_create(&OfDependency { dependency }).set(i64::from(up));
    }
}
