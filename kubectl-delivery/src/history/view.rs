//! The tables of `history`. Pure.

use delivery_messages::Millis;
use jiff::SignedDuration;

use super::page::{Page, Passage, PastDelivery};
use crate::base::duration::{age, milliseconds};
use crate::base::table::{Side, Table};

/// The optional columns of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) namespaces: bool,
    /// With vehicle and id.
    pub(crate) wide: bool,
}

/// The columns of a table, between those that both tables start and end with.
fn columns(columns: Columns, own: Vec<(&'static str, Side)>) -> Vec<(&'static str, Side)> {
    let Columns { namespaces, wide } = columns;
    let mut all = Vec::new();
    all.extend(namespaces.then_some(("NAMESPACE", Side::Left)));
    all.extend(["DELIVERY", "ROUTE", "COURIER", "PHASE"].map(|name| (name, Side::Left)));
    all.extend(own);
    all.extend([("VEHICLE", Side::Left), ("ID", Side::Left)].into_iter().filter(|_| wide));
    all
}

fn cells(columns: Columns, delivery: &PastDelivery, own: Vec<String>) -> Vec<String> {
    let Columns { namespaces, wide } = columns;
    let text = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let name = if delivery.name.is_empty() { &delivery.delivery_id } else { &delivery.name };
    let mut all = Vec::new();
    all.extend(namespaces.then(|| text(&delivery.namespace)));
    all.extend(
        [name, &delivery.title, &delivery.courier, delivery.phase.as_ref().unwrap_or(&String::new())]
            .map(|cell| text(cell)),
    );
    all.extend(own);
    all.extend([&delivery.vehicle, &delivery.delivery_id].into_iter().filter(|_| wide).map(|cell| text(cell)));
    all
}

/// The table of deliveries, `now` being milliseconds since the Unix epoch.
pub(crate) fn past(page: &Page<PastDelivery>, shown: Columns, now: Millis) -> String {
    let own = vec![("STARTED", Side::Right), ("TOOK", Side::Right), ("LATE", Side::Right)];
    let mut table = Table::new(columns(shown, own));
    for found in &page.deliveries {
        let started = found.start.map(|start| ago(start, now));
        let times = [found.duration_seconds, found.late_seconds].map(|seconds| seconds.map(time));
        let own = [started].into_iter().chain(times).map(|cell| cell.unwrap_or_else(|| "-".to_owned()));
        table.row(cells(shown, found, own.collect()));
    }
    table.text()
}

/// The table of deliveries that passed near a point.
pub(crate) fn near(page: &Page<Passage>, shown: Columns, now: Millis) -> String {
    let own = vec![("PASSED", Side::Right), ("FOR", Side::Right), ("POSITIONS", Side::Right), ("NEAREST", Side::Right)];
    let mut table = Table::new(columns(shown, own));
    for found in &page.deliveries {
        let own = vec![
            ago(found.last_at, now),
            milliseconds(found.last_at.saturating_sub(found.first_at)),
            found.positions.to_string(),
            format!("{:.0} m", found.nearest_meters),
        ];
        table.row(cells(shown, &found.delivery, own));
    }
    table.text()
}

fn ago(then: Millis, now: Millis) -> String {
    age(SignedDuration::from_millis(now.saturating_sub(then))) + " ago"
}

#[expect(clippy::cast_possible_truncation, reason = "no delivery lasts for longer than milliseconds can count")]
fn time(seconds: f64) -> String {
    milliseconds((seconds * 1_000.0) as i64)
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
