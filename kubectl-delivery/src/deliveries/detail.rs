//! One Delivery on one screen. Pure.

use std::fmt::Write as _;

use delivery_api::{Delivery, DeliveryPhase};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt;
use serde::Serialize;

use super::overview::time_left;
use crate::base::duration;
use crate::base::table::{Side, Table, printable};

/// Older Events are left out.
const MAX_EVENTS: usize = 15;

/// What Kubernetes knows about a Delivery.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Detail {
    pub(crate) delivery: Delivery,
    /// The pod of its latest attempt, while it exists.
    pub(crate) pod: Option<Pod>,
    pub(crate) events: Vec<Event>,
}

/// The screen: facts, conditions, events.
pub(crate) fn screen(detail: &Detail, now: Timestamp) -> String {
    let mut text = String::new();
    for (name, fact) in facts(detail, now) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<12}{}", printable(&fact));
    }
    for table in [conditions(detail, now), events(detail, now)].iter_mut().flatten() {
        text.push('\n');
        text.push_str(&table.text());
    }
    text
}

fn facts(detail: &Detail, now: Timestamp) -> Vec<(&'static str, String)> {
    let (delivery, spec) = (&detail.delivery, &detail.delivery.spec);
    let status = delivery.status.clone().unwrap_or_default();
    let ago = |time: Timestamp| format!("{time:.0}, {} ago", duration::since(time, now));
    let route = spec.route_ref.as_ref().map_or_else(|| "its own path".to_owned(), |route| route.name.clone());
    let revision = status.route_revision.as_ref().map(|revision| format!(" ({revision})")).unwrap_or_default();
    let courier = [&spec.courier, &spec.vehicle].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let phase = status.phase.unwrap_or_default();
    let took = match (phase, &status.started_at, &status.finished_at) {
        (DeliveryPhase::Finished, Some(started), Some(finished)) => {
            format!(" after {}", duration::since(started.0, finished.0))
        }
        _ => String::new(),
    };
    let arrives = status.arrives_at.as_ref().map(|time| format!(", at {:.0}", time.0)).unwrap_or_default();
    let speed = status.speed.as_ref().map(|speed| format!(", {speed}")).unwrap_or_default();
    let known = [
        ("Name", Some(delivery.name_any())),
        ("Namespace", delivery.namespace()),
        ("Id", delivery.uid()),
        ("Created", delivery.creation_timestamp().map(|time| ago(time.0))),
        ("Route", Some(route + &revision)),
        ("Courier", Some(courier).filter(|courier| !courier.is_empty())),
        ("Phase", Some(phase.name().to_owned() + &took)),
        ("Progress", status.progress.clone()),
        ("ETA", time_left(&status, now).map(|left| left + &arrives)),
        ("Position", status.position.map(|[lng, lat]| format!("longitude {lng}, latitude {lat}{speed}"))),
        ("Started", status.started_at.as_ref().map(|time| ago(time.0))),
        ("Finished", status.finished_at.as_ref().map(|time| ago(time.0))),
        ("Suspended", status.suspended_at.as_ref().map(|time| ago(time.0))),
        ("Resumed", status.resumed_at.as_ref().map(|time| ago(time.0))),
        ("Attempt", status.attempt.map(|attempt| attempt.to_string())),
        ("Pod", status.pod_name.map(|name| pod(&name, detail.pod.as_ref()))),
    ];
    known.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
}

fn pod(name: &str, pod: Option<&Pod>) -> String {
    let Some(pod) = pod else { return format!("{name}, which does not exist or may not be read") };
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref()).unwrap_or("Unknown");
    let phase = if pod.metadata.deletion_timestamp.is_some() { "Terminating" } else { phase };
    let containers = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    let restarts: i32 = containers.iter().map(|container| container.restart_count).sum();
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    let node = node.map_or_else(|| "on no node yet".to_owned(), |node| format!("on {node}"));
    format!("{name}, {phase}, {node}, restarts: {restarts}")
}

fn conditions(detail: &Detail, now: Timestamp) -> Option<Table> {
    let conditions = &detail.delivery.status.as_ref()?.conditions;
    let left = ["CONDITION", "STATUS", "SINCE", "REASON", "MESSAGE"];
    let mut table = Table::new(left.map(|name| (name, Side::Left)).into());
    for condition in conditions {
        let since = duration::since(condition.last_transition_time.0, now);
        let texts = [&condition.type_, &condition.status, &since, &condition.reason, &condition.message];
        table.row(texts.map(Clone::clone).into());
    }
    (!conditions.is_empty()).then_some(table)
}

/// The newest Events, oldest first.
fn events(detail: &Detail, now: Timestamp) -> Option<Table> {
    let mut sorted: Vec<_> = detail.events.iter().map(|event| (last_seen(event), event)).collect();
    sorted.sort_by_key(|(seen, _)| *seen);
    let mut table = Table::new(["SEEN", "TYPE", "EVENT", "MESSAGE"].map(|name| (name, Side::Left)).into());
    for (seen, event) in sorted.iter().skip(sorted.len().saturating_sub(MAX_EVENTS)) {
        let seen = seen.map_or_else(|| "-".to_owned(), |seen| duration::since(seen, now));
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        table.row(vec![seen, text(&event.type_), text(&event.reason), text(&event.message)]);
    }
    (!sorted.is_empty()).then_some(table)
}

/// When an Event was seen last: Events of either API say it in fields of their own.
fn last_seen(event: &Event) -> Option<Timestamp> {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let only = event.event_time.as_ref().map(|time| time.0);
    let created = event.metadata.creation_timestamp.as_ref().map(|time| time.0);
    series.or(last).or(only).or(created)
}

#[cfg(test)]
#[path = "tests/detail.rs"]
mod tests;
