use super::*;
use crate::position_index::testing::{found, with};

fn query(pairs: &[(&str, &str)]) -> Result<PositionsQuery, InvalidParameter> {
    with(pairs, PARAMETERS, |given| PositionsQuery::read("d1", given, &Scope::everything()))
}

fn document(seq: u64) -> Value {
    json!({"seq": seq, "at": 1_795_341_600_000_u64, "position": [-47.929_230_1, -15.825_94], "speed": 8.31,
           "heading": 71.5, "progress": 0.12, "finished": false, "clientId": "secret"})
}

fn page(limit: &str, seqs: &[u64]) -> (Vec<u64>, Option<u64>) {
    let documents: Vec<_> = seqs.iter().map(|seq| document(*seq)).collect();
    let answer = query(&[("limit", limit)]).unwrap().answer(found(0, &documents, &json!({})));
    (answer.positions.iter().map(|position| position.seq).collect(), answer.next)
}

#[test]
fn a_page_is_told_with_the_latitude_first_and_without_the_client() {
    let answer = query(&[]).unwrap().answer(found(0, &[document(3), json!({"seq": "x"})], &json!({})));
    assert_eq!(
        serde_json::to_value(answer).unwrap(),
        json!({"deliveryId": "d1", "next": null, "positions": [{"seq": 3, "at": 1_795_341_600_000_u64,
            "position": [-15.825_94, -47.929_230_1], "speed": 8.31, "heading": 71.5, "progress": 0.12,
            "finished": false}]})
    );
}

#[test]
fn a_page_ends_between_two_numbers() {
    assert_eq!(page("3", &[0, 1, 2]), (vec![0, 1, 2], None));
    assert_eq!(page("3", &[0, 1, 2, 3]), (vec![0, 1, 2], Some(2)));
    assert_eq!(page("3", &[0, 1, 2, 2]), (vec![0, 1], Some(1)), "the doubled one comes on the next page, twice");
    assert_eq!(page("3", &[2, 2, 2, 2]), (vec![2, 2, 2], Some(2)), "a page of one number still leads on");
}

#[test]
fn one_more_than_the_page_is_searched_for_after_the_last() {
    let search = query(&[("after", "41"), ("limit", "5000")]).unwrap().search();
    assert_eq!((&search["size"], &search["search_after"]), (&json!(5_001), &json!([41])));
    assert!(query(&[]).unwrap().search().get("search_after").is_none());
    for pairs in [[("after", "-1")], [("limit", "5001")], [("after", "9223372036854775808")]] {
        assert!(query(&pairs).is_err(), "{pairs:?}");
    }
    let long = "x".repeat(513);
    assert!(with(&[], PARAMETERS, |given| PositionsQuery::read(&long, given, &Scope::everything())).is_err());
}

#[test]
fn a_narrow_scope_asks_the_plan_first() {
    let namespaces = Some(["code-delivery".to_owned()].into_iter().collect());
    let scope = Scope { namespaces, deliveries: None, may_request: false };
    let query = with(&[], PARAMETERS, |given| PositionsQuery::read("d1", given, &scope)).unwrap();
    assert!(query.plan().is_some());
    let plan = |namespace: &str| {
        let plan = json!({"deliveryId": "d1", "phase": "Accepted", "namespace": namespace, "createdAt": 1});
        found(1, &[plan], &json!({}))
    };
    assert!(query.is_visible(&plan("code-delivery")));
    assert!(!query.is_visible(&plan("elsewhere")) && !query.is_visible(&SearchResponse::default()));
}
