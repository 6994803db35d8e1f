//! What two scrapes of the services' metrics say. Pure.
//!
//! Every gateway reads all positions and holds all deliveries, so these are not added over the gateways: the greatest rate and the
//! greatest lag count. What each serves to its own clients is added. The deliveries' phases are counted by the leading operator alone. The members
//! of a consumer group have a part of its partitions each, so their lags are added.

use std::collections::BTreeMap;

use serde::Serialize;

use super::histogram::{self, Buckets};
use crate::cluster::admin_port::{NoAnswer, Service, ServicePod};
use crate::cluster::metrics::Metrics;

/// The metrics of one pod.
#[derive(Clone, Debug)]
pub(crate) struct PodScrape {
    pub(crate) pod: ServicePod,
    /// When, in seconds since any fixed moment.
    pub(crate) at: f64,
    pub(crate) metrics: Result<Metrics, NoAnswer>,
}

/// The deliveries of one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PhaseCount {
    pub(crate) phase: String,
    pub(crate) count: u64,
}

/// What clients get from one gateway, or from all. Nothing of a rate is known after a first scrape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Served {
    /// Positions read from Kafka.
    pub(crate) positions_per_second: Option<f64>,
    /// Positions written to clients.
    pub(crate) sent_per_second: Option<f64>,
    /// Seconds from when a position was due until it was written to a client; `None` also if none was written.
    pub(crate) age_p50_seconds: Option<f64>,
    pub(crate) age_p99_seconds: Option<f64>,
    /// Positions in Kafka that have not been read.
    pub(crate) lag_records: Option<u64>,
    /// Open WebSocket connections.
    pub(crate) clients: u64,
    /// Positions that slow clients were spared, because newer ones replaced them.
    pub(crate) conflated_per_second: Option<f64>,
}

/// A counter: since the processes started, and now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counted {
    pub(crate) total: u64,
    pub(crate) per_second: Option<f64>,
}

/// One gateway.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GatewayRow {
    pub(crate) pod: String,
    #[serde(flatten)]
    pub(crate) served: Served,
}

/// A consumer group and one of its topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupLag {
    pub(crate) group: String,
    pub(crate) topic: String,
    /// Records after the offset that the group has committed.
    pub(crate) lag_records: u64,
}

/// Everything that is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measures {
    /// `None` if no leading operator answers.
    pub(crate) deliveries: Option<Vec<PhaseCount>>,
    /// Of all gateways together; `None` if none answers.
    pub(crate) served: Option<Served>,
    /// Start requests and commands that the operators rejected.
    pub(crate) dead_letters: Counted,
    /// Records that the gateways could not use.
    pub(crate) bad_records: Counted,
    pub(crate) gateways: Vec<GatewayRow>,
    /// By group and topic. The gateways read positions without a group.
    pub(crate) groups: Vec<GroupLag>,
    /// What is missing, in whole sentences.
    pub(crate) missing: Vec<String>,
}

/// A pod that has answered, now and, unless it is new, before.
struct Pair<'a> {
    pod: &'a ServicePod,
    now: &'a Metrics,
    before: Option<(&'a Metrics, f64)>,
}

/// What the newest scrape says, and the one before it.
pub(crate) fn measure(before: &[PodScrape], now: &[PodScrape]) -> Measures {
    let pairs: Vec<_> = now.iter().filter_map(|scrape| pair(before, scrape)).collect();
    let of = |service: Service| pairs.iter().filter(move |pair| pair.pod.service == service);
    let gateways: Vec<_> = of(Service::Gateway).map(row).collect();
    let served = (!gateways.is_empty()).then(|| together(&gateways, of(Service::Gateway)));
    let operators: Vec<_> = of(Service::Operator).collect();
    let dead = operators.iter().map(|pair| counted(pair, "delivery_operator_dead_letters_total"));
    let bad = of(Service::Gateway).map(|pair| counted(pair, "delivery_gateway_bad_records_total"));
    Measures {
        deliveries: operators.iter().find_map(|pair| phases(pair.now)),
        served,
        dead_letters: dead.reduce(added).unwrap_or_default(),
        bad_records: bad.reduce(greater).unwrap_or_default(),
        gateways,
        groups: groups(&pairs),
        missing: missing(now, &operators),
    }
}

fn pair<'a>(before: &'a [PodScrape], scrape: &'a PodScrape) -> Option<Pair<'a>> {
    let now = scrape.metrics.as_ref().ok()?;
    let earlier = before.iter().find(|earlier| earlier.pod.name == scrape.pod.name);
    let before = earlier.and_then(|earlier| Some((earlier.metrics.as_ref().ok()?, scrape.at - earlier.at)));
    Some(Pair { pod: &scrape.pod, now, before: before.filter(|(_, seconds)| *seconds > 0.0) })
}

/// What is not in the numbers.
fn missing(now: &[PodScrape], operators: &[&Pair<'_>]) -> Vec<String> {
    let failed = now.iter().filter_map(|scrape| {
        let cause = scrape.metrics.as_ref().err()?;
        Some(format!("The pod {} cannot be scraped: {cause}.", scrape.pod.name))
    });
    let mut missing: Vec<_> = failed.collect();
    for service in [Service::Operator, Service::Gateway] {
        if !now.iter().any(|scrape| scrape.pod.service == service) {
            missing.push(format!("The {} has no pod.", service.name()));
        }
    }
    if !operators.is_empty() && !operators.iter().any(|pair| leads(pair.now)) {
        missing.push("No operator that answers leads, so the deliveries are not counted.".to_owned());
    }
    missing
}

fn leads(metrics: &Metrics) -> bool {
    metrics.sum("delivery_operator_leader").is_some_and(|leader| leader > 0.0)
}

/// The deliveries by phase, if this is the leading operator.
fn phases(metrics: &Metrics) -> Option<Vec<PhaseCount>> {
    let phases = metrics.by("delivery_operator_deliveries", "phase").into_iter();
    leads(metrics)
        .then(|| phases.map(|(phase, count)| PhaseCount { phase: phase.to_owned(), count: whole(count) }).collect())
}

/// The lag of each consumer group in each of its topics.
fn groups(pairs: &[Pair<'_>]) -> Vec<GroupLag> {
    let mut sums: BTreeMap<[&str; 2], f64> = BTreeMap::new();
    for pair in pairs {
        let name = match pair.pod.service {
            Service::Operator => "delivery_operator_consumer_group_lag_records",
            Service::Gateway => "delivery_gateway_consumer_group_lag_records",
            Service::Invoices => "delivery_invoices_consumer_group_lag_records",
            Service::Notifications => "delivery_notifications_consumer_group_lag_records",
            // They read nothing in a group.
            Service::ConnectorOperator | Service::Canary | Service::Purchases => continue,
        };
        for (labels, lag) in pair.now.by_both(name, ["group", "topic"]) {
            *sums.entry(labels).or_default() += lag;
        }
    }
    let lag = |([group, topic], lag): ([&str; 2], f64)| GroupLag {
        group: group.to_owned(),
        topic: topic.to_owned(),
        lag_records: whole(lag),
    };
    sums.into_iter().map(lag).collect()
}

fn row(pair: &Pair<'_>) -> GatewayRow {
    let applied = |metrics: &Metrics| {
        let labels = [("topic", "route.new-position"), ("reason", "applied")];
        metrics.sum_where("delivery_gateway_records_total", &labels)
    };
    let sum = |name: &'static str| move |metrics: &Metrics| metrics.sum(name);
    let ages = ages(pair);
    let served = Served {
        positions_per_second: rate(pair, applied),
        sent_per_second: rate(pair, sum("delivery_gateway_positions_sent_total")),
        age_p50_seconds: histogram::quantile(&ages, 0.5),
        age_p99_seconds: histogram::quantile(&ages, 0.99),
        lag_records: pair.now.sum("delivery_gateway_consumer_lag_records").map(whole),
        clients: whole(pair.now.sum("delivery_gateway_websocket_connections").unwrap_or_default()),
        conflated_per_second: rate(pair, sum("delivery_gateway_positions_conflated_total")),
    };
    GatewayRow { pod: pair.pod.name.clone(), served }
}

/// The ages that were observed between the scrapes.
fn ages(pair: &Pair<'_>) -> Buckets {
    let buckets = |metrics: &Metrics| metrics.buckets("delivery_gateway_position_age_seconds", &[("stage", "written")]);
    pair.before.map(|(before, _)| histogram::between(&buckets(before), &buckets(pair.now))).unwrap_or_default()
}

fn together<'a>(rows: &[GatewayRow], pairs: impl Iterator<Item = &'a Pair<'a>>) -> Served {
    let ages = histogram::sum(pairs.map(ages));
    let rates = |of: fn(&Served) -> Option<f64>| rows.iter().filter_map(move |row| of(&row.served));
    Served {
        positions_per_second: rates(|served| served.positions_per_second).reduce(f64::max),
        sent_per_second: rates(|served| served.sent_per_second).reduce(|sum, one| sum + one),
        age_p50_seconds: histogram::quantile(&ages, 0.5),
        age_p99_seconds: histogram::quantile(&ages, 0.99),
        lag_records: rows.iter().filter_map(|row| row.served.lag_records).max(),
        clients: rows.iter().map(|row| row.served.clients).sum(),
        conflated_per_second: rates(|served| served.conflated_per_second).reduce(|sum, one| sum + one),
    }
}

fn counted(pair: &Pair<'_>, name: &'static str) -> Counted {
    let total = |metrics: &Metrics| metrics.sum(name);
    Counted { total: whole(total(pair.now).unwrap_or_default()), per_second: rate(pair, total) }
}

fn added(one: Counted, other: Counted) -> Counted {
    let per_second = [one.per_second, other.per_second].into_iter().flatten().reduce(|sum, one| sum + one);
    Counted { total: one.total + other.total, per_second }
}

fn greater(one: Counted, other: Counted) -> Counted {
    let per_second = [one.per_second, other.per_second].into_iter().flatten().reduce(f64::max);
    Counted { total: one.total.max(other.total), per_second }
}

/// How fast a counter grows, per second. One that is not there has not counted yet; one that has become smaller began anew.
fn rate(pair: &Pair<'_>, of: impl Fn(&Metrics) -> Option<f64>) -> Option<f64> {
    let (before, seconds) = pair.before?;
    let (before, now) = (of(before).unwrap_or_default(), of(pair.now).unwrap_or_default());
    let grown = if now < before { now } else { now - before };
    Some(grown / seconds)
}

/// A count; never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count below 2^53 that is not negative")]
fn whole(count: f64) -> u64 {
    count.clamp(0.0, 9_007_199_254_740_992.0).round() as u64
}

#[cfg(test)]
#[path = "tests/measure.rs"]
mod tests;
