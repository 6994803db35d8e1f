use delivery_fuzz::Fuzz;
use serde_json::json;

use super::*;

const NOW: Millis = 1_795_341_600_000;

#[test]
fn past_deliveries_are_shown_with_their_times() {
    let page: Page<PastDelivery> = serde_json::from_value(json!({"next": "5.x", "deliveries": [
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
fn passages_are_shown_with_their_distance() {
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

#[test]
fn fuzzed_answers_become_tables_with_a_line_for_each_delivery_that_do_not_control_the_terminal() {
    let shown = Columns { namespaces: true, wide: true };
    // A column is as wide as its longest cell.
    let report = Fuzz::new("history").memory_per_byte(4_096).run(|input| {
        let Ok(answer) = serde_json::from_slice::<serde_json::Value>(input) else { return "no answer" };
        let deliveries = serde_json::from_value::<Page<PastDelivery>>(answer.clone());
        let passages = serde_json::from_value::<Page<Passage>>(answer);
        let tables = [
            deliveries.map(|page| (page.deliveries.len(), past(&page, shown, NOW))),
            passages.map(|page| (page.deliveries.len(), near(&page, shown, NOW))),
        ];
        let mut outcome = "another answer";
        for (count, table) in tables.into_iter().flatten() {
            assert_eq!(table.lines().count(), count + 1, "{table}");
            assert!(!table.chars().any(|one| one.is_control() && one != '\n'), "{table:?}");
            outcome = if count == 0 { "no delivery" } else { "deliveries" };
        }
        outcome
    });
    report.reached(&["deliveries", "no delivery", "another answer", "no answer"]);
}
