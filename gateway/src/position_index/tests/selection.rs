use super::*;

fn selection(pairs: &[(&str, &str)], scope: &Scope) -> Selection {
    let given: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Selection::read(&Parameters::read(&given, &[PARAMETERS]).unwrap(), scope).unwrap()
}

fn set(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn positions_tell_their_route_and_the_plans_tell_the_rest() {
    let everything = Scope::everything();
    let route = selection(&[("route", "1")], &everything);
    assert_eq!(route.plans(9), None);
    assert_eq!(route.position_filters(None), [json!({"term": {"routeId": "1"}})]);
    let courier = selection(&[("courier", "moto-7"), ("namespace", "shop")], &everything);
    let filters = courier.plans(9).unwrap()["query"]["bool"]["filter"].clone();
    assert_eq!(
        filters,
        json!([
            {"term": {"courier": "moto-7"}},
            {"term": {"namespace": "shop"}},
            {"range": {"createdAt": {"lt": 9, "format": "epoch_millis"}}},
        ])
    );
    let ids = ["d1".to_owned()];
    assert_eq!(courier.position_filters(Some(&ids)), [json!({"terms": {"deliveryId": ["d1"]}})]);
    assert_eq!(courier.position_filters(Some(&[])), [json!({"terms": {"deliveryId": []}})], "nobody is not everybody");
}

#[test]
fn a_scope_cuts_everything() {
    let scope = Scope { namespaces: Some(set(&["shop"])), deliveries: None, may_request: false };
    let cut = selection(&[("namespace", "bakery")], &scope);
    assert!(cut.plans(9).is_some() && !cut.selects_requests());
    let others = json!({"bool": {"must_not": [{"term": {"courier": "code-delivery-canary"}}]}});
    let both = [others.clone(), json!({"term": {"namespace": "bakery"}}), json!({"terms": {"namespace": ["shop"]}})];
    assert_eq!(cut.plan_filters(), both, "both must hold");
    let scope = Scope { namespaces: None, deliveries: Some(set(&["d1", "d2"])), may_request: false };
    let cut = selection(&[], &scope);
    let ids = json!({"terms": {"deliveryId": ["d1", "d2"]}});
    assert_eq!((cut.plan_filters(), cut.position_filters(None)), (vec![others, ids.clone()], vec![ids]));
    assert!(!cut.selects_requests());
}

#[test]
fn the_canarys_are_left_out_unless_its_courier_is_asked_for() {
    let everything = Scope::everything();
    let others = json!({"bool": {"must_not": [{"term": {"courier": canary::COURIER}}]}});
    assert_eq!(selection(&[], &everything).request_filters(), std::slice::from_ref(&others));
    let namespace = selection(&[("namespace", "shop")], &everything).plan_filters();
    assert_eq!(namespace, [others, json!({"term": {"namespace": "shop"}})]);
    let asked = selection(&[("courier", canary::COURIER)], &everything).plan_filters();
    assert_eq!(asked, [json!({"term": {"courier": canary::COURIER}})]);
}

#[test]
fn what_looks_like_a_query_stays_a_text() {
    let text = r#""}},{"match_all":{}},{"x":{"y":""#;
    let filters = selection(&[("courier", text)], &Scope::everything()).plan_filters();
    assert_eq!(filters, [json!({"term": {"courier": text}})]);
    let sent = serde_json::to_string(&filters).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&sent).unwrap(), filters);
}
