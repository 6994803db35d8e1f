//! The metrics; no label grows with purchases or customers. Imports nothing of this crate.

use std::time::Duration;

use delivery_http_server::routes::DURATIONS;
use delivery_messages::Topic;
use delivery_observability::metrics::group_lag::{self, GroupLabels};
use delivery_observability::metrics::units::seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// A label with a short list of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfDependency {
    /// `kafka`, `mongodb` or `smtp`.
    dependency: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBudget {
    /// `changes` or `queries`.
    budget: &'static str,
    /// Whose it was: `address` or `all`.
    of: &'static str,
}

/// What the build is called.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Upper bounds of the times, seconds.
const TIMES: [f64; 13] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 300.0, 1_800.0];
/// Upper bounds of the batches' sizes.
const SIZES: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0];

/// All metrics; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    records: Family<OfOutcome, Counter>,
    dead_letters: Family<Reason, Counter>,
    issued: Counter,
    batches: Histogram,
    group_lag: Family<GroupLabels, Gauge>,
    retries: Family<Reason, Counter>,
    published: Counter,
    emails: Family<OfOutcome, Counter>,
    resent: Counter,
    waiting: Gauge,
    issue_time: Histogram,
    email_time: Histogram,
    dependency_up: Family<OfDependency, Gauge>,
    http: Family<OfStatus, Counter>,
    http_time: Histogram,
    http_closed: Family<Reason, Counter>,
    over_budget: Family<OfBudget, Counter>,
}

impl Metrics {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            records: Family::default(),
            dead_letters: Family::default(),
            issued: Counter::default(),
            batches: Histogram::new(SIZES),
            group_lag: Family::default(),
            retries: Family::default(),
            published: Counter::default(),
            emails: Family::default(),
            resent: Counter::default(),
            waiting: Gauge::default(),
            issue_time: Histogram::new(TIMES),
            email_time: Histogram::new(TIMES),
            dependency_up: Family::default(),
            http: Family::default(),
            http_time: Histogram::new(DURATIONS),
            http_closed: Family::default(),
            over_budget: Family::default(),
        };
        registry.register("build", "The running build", Info::new(vec![("version", VERSION)]));
        let m = metrics.clone();
        registry.register(
            "records",
            "Records of purchases that were settled, by outcome: issued, repeated (the purchase had its invoice), dead-letter",
            m.records,
        );
        registry.register("dead_letters", "Records that could not be used, by reason", m.dead_letters);
        registry.register("issued", "Invoices issued", m.issued);
        registry.register("batch_size", "Purchases that were settled at once", m.batches);
        registry.register(
            "consumer_group_lag_records",
            "Records after the offset that a consumer group has committed, in the partitions of this member of it",
            m.group_lag,
        );
        registry.register("issue_retries", "Failed attempts to issue a batch, by reason", m.retries);
        registry.register("published", "Messages that an invoice was issued, acknowledged by Kafka", m.published);
        registry.register(
            "emails",
            "Attempts to send an e-mail, by outcome: sent, refused (the recipient, for good), not-taken, in-doubt (the server may have it)",
            m.emails,
        );
        registry.register(
            "emails_resent",
            "E-mails sent although an earlier attempt may have arrived; they say so in a header",
            m.resent,
        );
        registry.register("emails_waiting", "E-mails that are not settled, of all replicas together", m.waiting);
        registry.register_with_unit(
            "issue_latency",
            "Time from the approval of a purchase to its invoice",
            Unit::Seconds,
            m.issue_time,
        );
        registry.register_with_unit(
            "email_latency",
            "Time from the approval of a purchase to when the mail server had the e-mail",
            Unit::Seconds,
            m.email_time,
        );
        registry.register(
            "dependency_up",
            "Whether a server that the invoices depend on is available (1) or not (0)",
            m.dependency_up,
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
            "over_budget",
            "Requests refused because a budget was used up, by budget and by whose it was: address or all",
            m.over_budget,
        );
        metrics
    }

    /// Purchases were settled.
    pub(crate) fn settled(&self, outcome: &'static str, count: usize) {
        self.records.get_or_create(&OfOutcome { outcome }).inc_by(number(count));
    }

    /// A batch of so many purchases was settled.
    pub(crate) fn batch(&self, size: u32) {
        self.batches.observe(f64::from(size));
    }

    /// How far a consumer group is behind in a topic; `None`: this process has no partition of it.
    pub(crate) fn group_lag(&self, group: &str, topic: Topic, records: Option<u64>) {
        group_lag::set(&self.group_lag, group, topic.name(), records);
    }

    /// A record became a dead letter.
    pub(crate) fn dead_letter(&self, reason: &'static str) {
        self.dead_letters.get_or_create(&Reason { reason }).inc();
    }

    /// An invoice was issued so long after the approval, milliseconds.
    pub(crate) fn issued(&self, after: i64) {
        self.issued.inc();
        self.issue_time.observe(seconds(after));
    }

    /// A batch is to be tried again.
    pub(crate) fn retried(&self, reason: &'static str) {
        self.retries.get_or_create(&Reason { reason }).inc();
    }

    /// Messages were acknowledged.
    pub(crate) fn published(&self, count: usize) {
        self.published.inc_by(number(count));
    }

    /// An attempt to send an e-mail has ended.
    pub(crate) fn email(&self, outcome: &'static str) {
        self.emails.get_or_create(&OfOutcome { outcome }).inc();
    }

    /// The server has an e-mail, so long after the approval, milliseconds.
    pub(crate) fn sent(&self, after: i64, is_resent: bool) {
        self.email_time.observe(seconds(after));
        if is_resent {
            self.resent.inc();
        }
    }

    /// So many e-mails are not settled.
    pub(crate) fn waiting(&self, count: u64) {
        self.waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Whether a server is available.
    pub(crate) fn dependency(&self, dependency: &'static str, is_up: bool) {
        self.dependency_up.get_or_create(&OfDependency { dependency }).set(i64::from(is_up));
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
        self.http_closed.get_or_create(&Reason { reason }).inc();
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
