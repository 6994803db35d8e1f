use delivery_messages::StatePhase;

use super::*;
use crate::position_index::testing::{found, titles, with};
use crate::testing::{self, NOW};

fn query(pairs: &[(&str, &str)]) -> Result<DeliveriesQuery, InvalidParameter> {
    with(pairs, PARAMETERS, |given| DeliveriesQuery::read(given, &Scope::everything(), NOW + 1))
}

fn plan(id: &str) -> Value {
    serde_json::to_value(testing::plan(id)).unwrap()
}

#[test]
fn a_delivery_is_told_with_its_course() {
    let page = query(&[]).unwrap().page(found(0, &[plan("d1"), plan("d2")], &json!({})));
    let state = serde_json::to_value(testing::state("d1", 120, StatePhase::Finished)).unwrap();
    let told = serde_json::to_value(answer(page, found(0, &[state], &json!({})), &titles())).unwrap();
    assert_eq!(
        told["deliveries"][0],
        json!({"deliveryId": "d1", "name": "name-d1", "namespace": "code-delivery", "title": "Primeiro",
            "routeId": "1", "courier": "moto-7", "vehicle": "motorcycle", "phase": "Finished", "createdAt": NOW,
            "start": NOW, "end": NOW + 60_000, "durationSeconds": 60.0, "lateSeconds": 0.0, "positions": 121})
    );
    let waiting = &told["deliveries"][1];
    assert_eq!(
        (&waiting["phase"], &waiting["start"], &waiting["positions"]),
        (&json!("Accepted"), &json!(null), &json!(0))
    );
    assert_eq!(told["next"], json!(null));
    assert!(!told.to_string().contains("clientId"));
}

#[test]
fn a_page_goes_on_where_the_one_before_ended() {
    let one = query(&[("limit", "1")]).unwrap();
    assert_eq!(one.plans()["size"], 2);
    let (plans, next) = one.page(found(0, &[plan("d2"), plan("d.1")], &json!({})));
    assert_eq!((plans.len(), next.as_deref()), (1, Some(format!("{NOW}.d2").as_str())));
    let search = query(&[("before", &next.unwrap())]).unwrap().plans();
    assert_eq!(search["search_after"], json!([NOW, "d2"]));
    for strange in ["d2", "x.d2", &format!("1.{}", "x".repeat(513))] {
        let message = query(&[("before", strange)]).unwrap_err().to_string();
        assert!(message.contains("next"), "{message}");
    }
}
