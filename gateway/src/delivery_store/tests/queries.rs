use delivery_fuzz::{Fuzz, Line};
use delivery_messages::{Plan, State, Topic};
use serde_json::Value;

use super::*;
use crate::delivery_store::statements::outcome;
use crate::delivery_store::statements::{Statement, Updates, command};
use crate::model::record::{Raw, Record, read};
use crate::protocol::view::{DeliveryView, RouteView};
use crate::testing::{self, plan_record, route_record, state_record};

/// The document that the statements produce.
fn written(records: &[Record]) -> Document {
    let mut document = Document::new();
    for record in records {
        let command = command("", &[Statement::of(record).unwrap()], Updates::Atomic);
        let update = command.get_array("updates").unwrap()[0].as_document().unwrap();
        document.insert("_id", update.get_document("q").unwrap().get("_id").unwrap());
        document.extend(update.get_document("u").unwrap().get_document("$set").unwrap().clone());
    }
    document
}

#[test]
fn a_past_delivery_keeps_its_trace_and_its_pod() {
    let state = testing::state("d1", 4, StatePhase::Running);
    let mut plan = plan_record(testing::plan("d1"));
    if let Record::Plan { origin, .. } = &mut plan {
        origin.trace = Some(0xab);
    }
    let found = delivery(&written(&[plan, state_record(State { pod: Some("d1-a".into()), ..state }, 7)])).unwrap();
    assert_eq!(found.about.origin, PlanOrigin { trace: Some(0xab), record: None });
    assert_eq!(found.pod.as_deref(), Some("d1-a"));
}

#[test]
fn what_was_written_is_read_back() {
    let document =
        written(&[plan_record(testing::plan("d1")), state_record(testing::state("d1", 4, StatePhase::Finished), 7)]);
    let found = delivery(&document).unwrap();
    assert_eq!(*found.about, testing::plan("d1").into());
    assert_eq!(found.phase, Phase::Finished);
    assert_eq!(found.ended, Some(testing::NOW + 7));
    assert_eq!(found.fix, Fix::of_state(&testing::state("d1", 4, StatePhase::Finished)));
    let expected = testing::route("1", "Primeiro");
    assert_eq!(route(&written(&[route_record(expected.clone())])), Some(expected));
}

#[test]
fn a_cancelled_one_without_a_state_is_read_and_one_without_a_plan_is_not() {
    let cancelled = Plan { phase: PlanPhase::Cancelled, ..testing::plan("d1") };
    let found = delivery(&written(&[plan_record(cancelled)])).unwrap();
    assert_eq!((found.phase, found.fix, found.ended), (Phase::Cancelled, None, Some(testing::NOW)));
    let state = state_record(testing::state("d1", 4, StatePhase::Finished), 0);
    assert_eq!(delivery(&written(&[state])), None);
}

/// Without a filter.
fn any(limit: usize) -> ListingQuery {
    ListingQuery { phase: None, past: false, courier: None, namespace: None, name: None, limit, before: None }
}

#[test]
fn past_deliveries_are_found_by_the_name_of_their_object() {
    let filter = past(&ListingQuery { namespace: Some("default".into()), name: Some("primeiro-1".into()), ..any(1) });
    assert_eq!((filter.get_str("namespace").unwrap(), filter.get_str("name").unwrap()), ("default", "primeiro-1"));
    assert!(!past(&any(1)).contains_key("name"));
}

#[test]
fn the_canarys_are_left_out_unless_their_courier_or_name_is_asked_for() {
    let courier = |query| past(&query).get("courier").cloned();
    assert_eq!(courier(any(1)), Some(doc! {"$ne": "code-delivery-canary"}.into()));
    assert_eq!(courier(ListingQuery { name: Some("segundo-1".into()), ..any(1) }), None);
    let asked = ListingQuery { courier: Some(canary::COURIER.into()), ..any(1) };
    assert_eq!(courier(asked), Some("code-delivery-canary".into()));
}

#[test]
fn a_page_goes_on_after_the_last_place_of_the_one_before() {
    let before = Some(PageToken { past: true, created_at: Reverse(7), id: Reverse("d1".into()) });
    let filter = past(&ListingQuery { phase: Some(Phase::Finished), before, ..any(9) }).to_string();
    for part in [r#""createdAt": { "$lt": 7 }"#, r#""_id": { "$lt": "d1" }"#, r#""statePhase": "Finished""#] {
        assert!(filter.contains(part), "{part} is not in {filter}");
    }
    let first = past(&ListingQuery { courier: Some("moto-7".into()), ..any(9) });
    assert!(first.contains_key("$or") && !first.contains_key("$and"));
    assert_eq!(first.get_str("courier").unwrap(), "moto-7");
}

#[test]
fn fuzzed_records_are_read_back_from_the_store_as_they_were_written() {
    let report = Fuzz::new("stored-record").run(|input| {
        let Line { topic, key, time, value } = Line::read(input);
        let Some(topic) = Topic::ALL.into_iter().find(|known| known.name() == topic) else { return "no topic" };
        let Ok(Some(record)) = read(topic, Raw { key, value, time, ..Raw::default() }, |_| None) else {
            return "refused";
        };
        if Statement::of(&record).is_none() {
            return "not stored";
        }
        if matches!(record, Record::Erased { .. }) {
            return "erased";
        }
        let document = written(std::slice::from_ref(&record));
        match record {
            Record::Plan { plan: Some(plan), .. } => {
                let found = delivery(&document).unwrap();
                assert_eq!((found.phase, &*found.about), (Phase::of(plan.phase, None), &(*plan).into()));
                "plan"
            }
            Record::State { state: Some(state), .. } => {
                let planned = written(&[plan_record(testing::plan("d1"))]);
                let found = delivery(&planned.into_iter().chain(document).collect()).unwrap();
                assert_eq!(found.phase, Phase::of(PlanPhase::Accepted, Some(state.phase)));
                assert_eq!(
                    (found.start, found.eta, found.fix),
                    (Some(state.start), Some(state.eta), Fix::of_state(&state))
                );
                "state"
            }
            Record::Route { route: Some(expected), .. } => {
                let version = expected.version.min(i64::MAX.unsigned_abs());
                assert_eq!(route(&document), Some(Route { version, ..(*expected).clone() }));
                "route"
            }
            _ => "erased",
        }
    });
    report.reached(&["plan", "state", "route", "erased", "not stored", "refused"]);
}

/// A document that anyone may have put into the collection: JSON, its integers as the store writes them.
fn foreign(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Bson::Double(number.as_f64().unwrap_or(f64::NAN)), Bson::Int64)
        }
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(all) => Bson::Array(all.iter().map(foreign).collect()),
        Value::Object(all) => Bson::Document(all.iter().map(|(key, value)| (key.clone(), foreign(value))).collect()),
    }
}

#[test]
fn fuzzed_documents_are_deliveries_or_routes_that_a_client_can_be_shown_or_none() {
    let report = Fuzz::new("store-document").run(|input| {
        let Ok(Bson::Document(document)) = serde_json::from_slice(input).map(|value: Value| foreign(&value)) else {
            return "no document";
        };
        let _ = outcome(&document);
        if let Some(delivery) = delivery(&document) {
            let shown = serde_json::to_value(DeliveryView::from(&delivery)).unwrap();
            assert_eq!(shown["deliveryId"], document.get_str("_id").unwrap());
            let place = PageToken::of(&delivery);
            assert_eq!(place.past, delivery.phase.is_final());
            return "delivery";
        }
        if let Some(route) = route(&document) {
            let shown = serde_json::to_value(RouteView::whole(&route)).unwrap();
            assert_eq!(shown["path"].as_array().unwrap().len(), document.get_array("path").unwrap().len() / 2);
            return "route";
        }
        "none"
    });
    report.reached(&["delivery", "route", "none"]);
}
