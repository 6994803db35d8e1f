//! A table of Deliveries with the columns of `kubectl get`, and times as of now. Pure.

use delivery_api::status::READY;
use delivery_api::{Delivery, DeliveryPhase, DeliveryStatus};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;

use crate::base::duration;
use crate::base::table::{Side, Table};

/// The table, by namespace and name; with their namespaces if several are shown.
pub(crate) fn table(deliveries: &[Delivery], namespaces: bool, wide: bool, now: Timestamp) -> String {
    let names = ["NAMESPACE", "NAME", "ROUTE", "COURIER", "PHASE", "PROGRESS", "ETA", "AGE"];
    let further = ["REASON", "POSITION", "SPEED", "POD"];
    let shown = names.iter().skip(usize::from(!namespaces)).chain(further.iter().filter(|_| wide));
    let right = |name: &str| if name == "PROGRESS" { Side::Right } else { Side::Left };
    let mut table = Table::new(shown.map(|name| (*name, right(name))).collect());
    let mut sorted: Vec<_> = deliveries.iter().collect();
    sorted.sort_by_key(|delivery| (delivery.namespace(), delivery.name_any()));
    let none = DeliveryStatus::default();
    for delivery in sorted {
        let status = delivery.status.as_ref().unwrap_or(&none);
        let or_dash = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
        let created = delivery.creation_timestamp().map(|time| duration::since(time.0, now));
        let mut cells = vec![
            delivery.namespace().unwrap_or_default(),
            delivery.name_any(),
            or_dash(delivery.spec.route_ref.as_ref().map(|route| route.name.clone())),
            or_dash(delivery.spec.courier.clone()),
            status.phase.unwrap_or_default().name().to_owned(),
            or_dash(status.progress.clone()),
            or_dash(time_left(status, now)),
            or_dash(created),
        ];
        if !namespaces {
            cells.remove(0);
        }
        if wide {
            cells.extend([
                or_dash(condition(status, READY).map(|ready| ready.reason.clone())),
                or_dash(status.position.map(|[lng, lat]| format!("{lng},{lat}"))),
                or_dash(status.speed.clone()),
                or_dash(status.pod_name.clone()),
            ]);
        }
        table.row(cells);
    }
    table.text()
}

/// The time left of one that is under way.
pub(crate) fn time_left(status: &DeliveryStatus, now: Timestamp) -> Option<String> {
    let arrives = status.arrives_at.as_ref().filter(|_| status.phase == Some(DeliveryPhase::Running))?;
    Some(duration::age(arrives.0.duration_since(now)))
}

/// A condition of the status.
fn condition<'a>(status: &'a DeliveryStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == kind)
}

#[cfg(test)]
#[path = "tests/overview.rs"]
mod tests;
