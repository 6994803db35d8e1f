//! What is counted, and what is not.

use super::*;

const TWO: &str = r#"{"purchaseId": "p-1", "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990, "new": 1},
    {"product": "tea", "quantity": 1, "unitPriceCents": 5}], "totalCents": 3985, "customer": {}}"#;

#[test]
fn a_purchase_that_comes_twice_is_counted_once() {
    let mut sales = Sales::default();
    for _ in 0..3 {
        count(&mut sales, TWO.as_bytes()).unwrap();
    }
    count(&mut sales, TWO.replace("p-1", "p-2").as_bytes()).unwrap();
    assert_eq!(sales.products, BTreeMap::from([("café".to_owned(), (4, 7_960)), ("tea".to_owned(), (2, 10))]));
    assert_eq!(
        table(&sales),
        "  QUANTITY            TOTAL  PRODUCT\n         4            79.60  café\n         2             0.10  tea\n"
    );
}

#[test]
fn what_is_no_purchase_is_an_error_and_counts_nothing() {
    let mut sales = Sales::default();
    for value in ["", "no json", "{}", r#"{"purchaseId": "p", "items": [{"product": "tea"}]}"#] {
        assert!(count(&mut sales, value.as_bytes()).is_err(), "{value}");
    }
    assert!(sales.seen.is_empty() && sales.products.is_empty());
}

#[test]
fn what_was_kept_is_read_again() {
    let mut sales = Sales::default();
    count(&mut sales, TWO.as_bytes()).unwrap();
    let kept = serde_json::to_string(&sales).unwrap();
    assert_eq!(kept, r#"{"seen":["p-1"],"products":{"café":[2,3980],"tea":[1,5]}}"#);
    let again: Sales = serde_json::from_str(&kept).unwrap();
    assert_eq!((again.seen, again.products), (sales.seen, sales.products));
}
