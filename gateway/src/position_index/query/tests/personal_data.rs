use super::*;
use crate::position_index::testing::{found, with};

fn read(pairs: &[(&str, &str)]) -> Result<PersonalDataQuery, InvalidParameter> {
    with(pairs, PARAMETERS, |parameters| PersonalDataQuery::read(parameters, &Scope::everything()))
}

#[test]
fn one_person_is_named_and_looked_for_to_the_letter() {
    let search = read(&[("client", "c-1")]).unwrap().search().unwrap();
    assert_eq!(search["query"], json!({"bool": {"filter": [{"term": {"clientId": "c-1"}}]}}));
    for wrong in [&[][..], &[("courier", "ana"), ("client", "c-1")], &[("courier", "")]] {
        assert!(read(wrong).unwrap_err().to_string().contains("either courier or client"), "{wrong:?}");
    }
}

#[test]
fn ids_are_told_and_nothing_else() {
    let plans = found(0, &[json!({"deliveryId": "a", "requestId": "r"}), json!({"deliveryId": "b"})], &json!({}));
    let requests = found(0, &[json!({"requestId": "q"}), json!({})], &json!({}));
    let answer = serde_json::to_value(PersonalDataQuery::answer(plans, requests)).unwrap();
    assert_eq!(
        answer,
        json!({
            "deliveries": [{"deliveryId": "a", "requestId": "r"}, {"deliveryId": "b", "requestId": null}],
            "requests": ["q"],
            "truncated": false,
        })
    );
}
