//! The tables of `history`. Pure.

use super::found::{Page, Passage, Past};
use crate::output::{Side, Table, age, milliseconds};
use delivery_messages::Millis;
use jiff::SignedDuration;

/// Which columns a table has besides the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The namespace.
    pub namespaces: bool,
    /// Vehicle and id.
    pub wide: bool,
}

/// The columns that both tables begin and end with.
fn columns(columns: Columns, own: Vec<(&'static str, Side)>) -> Vec<(&'static str, Side)> {
    let Columns { namespaces, wide } = columns;
    let mut all = Vec::new();
    all.extend(namespaces.then_some(("NAMESPACE", Side::Left)));
    all.extend(["DELIVERY", "ROUTE", "COURIER", "PHASE"].map(|name| (name, Side::Left)));
    all.extend(own);
    all.extend([("VEHICLE", Side::Left), ("ID", Side::Left)].into_iter().filter(|_| wide));
    all
}

fn cells(columns: Columns, about: &Past, own: Vec<String>) -> Vec<String> {
    let Columns { namespaces, wide } = columns;
    let text = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let name = if about.name.is_empty() { &about.delivery_id } else { &about.name };
    let mut all = Vec::new();
    all.extend(namespaces.then(|| text(&about.namespace)));
    all.extend(
        [name, &about.title, &about.courier, about.phase.as_ref().unwrap_or(&String::new())].map(|cell| text(cell)),
    );
    all.extend(own);
    all.extend([&about.vehicle, &about.delivery_id].into_iter().filter(|_| wide).map(|cell| text(cell)));
    all
}

/// The table of deliveries, `now` being milliseconds since the Unix epoch.
#[must_use]
pub fn past(page: &Page<Past>, shown: Columns, now: Millis) -> String {
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

/// The table of what passed a place.
#[must_use]
pub fn near(page: &Page<Passage>, shown: Columns, now: Millis) -> String {
    let own = vec![("PASSED", Side::Right), ("FOR", Side::Right), ("POSITIONS", Side::Right), ("NEAREST", Side::Right)];
    let mut table = Table::new(columns(shown, own));
    for found in &page.deliveries {
        let own = vec![
            ago(found.last_at, now),
            milliseconds(found.last_at.saturating_sub(found.first_at)),
            found.positions.to_string(),
            format!("{:.0} m", found.nearest_meters),
        ];
        table.row(cells(shown, &found.about, own));
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
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Millis = 1_795_341_600_000;

    #[test]
    fn deliveries_are_told_with_their_times() {
        let page: Page<Past> = serde_json::from_value(json!({"next": "5.x", "deliveries": [
            {"deliveryId": "8f6a", "name": "primeiro", "namespace": "shop", "title": "Primeiro", "routeId": "1",
             "courier": "moto-7", "vehicle": "motorcycle", "phase": "Finished", "createdAt": 1, "start": NOW - 7_200_000,
             "end": NOW, "durationSeconds": 109.5, "lateSeconds": 1.25, "positions": 220},
            {"deliveryId": "9a", "name": "", "title": "2", "courier": "", "phase": "Accepted", "start": null,
             "durationSeconds": null},
        ]}))
        .unwrap();
        assert!(page.has_more());
        assert_eq!(
            past(&page, Columns::default(), NOW),
            "DELIVERY   ROUTE      COURIER   PHASE       STARTED   TOOK    LATE\n\
             primeiro   Primeiro   moto-7    Finished   120m ago   109s   1.2 s\n\
             9a         2          -         Accepted          -      -       -\n"
        );
        let wide = past(&page, Columns { namespaces: true, wide: true }, NOW);
        assert!(wide.lines().nth(1).unwrap().starts_with("shop ") && wide.contains("motorcycle   8f6a"), "{wide}");
    }

    #[test]
    fn passages_are_told_with_their_distance() {
        let page: Page<Passage> = serde_json::from_value(json!({"truncated": false, "deliveries": [
            {"deliveryId": "8f6a", "name": "primeiro", "title": "Primeiro", "courier": "moto-7", "phase": "Running",
             "firstAt": NOW - 45_000, "lastAt": NOW - 41_000, "positions": 9, "nearestMeters": 3.25},
        ]}))
        .unwrap();
        assert!(!page.has_more());
        assert_eq!(
            near(&page, Columns::default(), NOW),
            "DELIVERY   ROUTE      COURIER   PHASE      PASSED     FOR   POSITIONS   NEAREST\n\
             primeiro   Primeiro   moto-7    Running   41s ago   4.0 s           9       3 m\n"
        );
    }
}
