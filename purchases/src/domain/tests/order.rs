use delivery_fuzz::Fuzz;
use serde_json::{Value, json};

use super::*;
use crate::domain::money::MAX_TOTAL;

fn body() -> Value {
    json!({
        "customer": {"name": "Customer 7", "email": "customer7@example.com"},
        "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}],
        "deliverTo": {"routeId": "2"},
    })
}

fn read(body: &Value) -> Result<Order, InvalidOrder> {
    Order::read(body.to_string().as_bytes())
}

/// The body with another value at a path.
fn with(path: &str, value: Value) -> Value {
    let mut body = body();
    *body.pointer_mut(path).unwrap() = value;
    body
}

#[test]
fn an_order_has_its_total_and_its_customers_id() {
    let order = read(&body()).unwrap();
    assert_eq!(order.total.get(), 3_980);
    assert_eq!(order.customer.id, order.customer.email.customer_id());
    assert_eq!(order.customer.language, Language::Portuguese);
    assert_eq!(order.deliver_to.unwrap().as_str(), "2");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let many = json!(vec![json!({"product": "a", "quantity": 1, "unitPriceCents": 1}); 101]);
    let dear = json!(vec![json!({"product": "a", "quantity": 10_000, "unitPriceCents": 1_000_000_000}); 2]);
    for (path, value, field) in [
        ("/items/0/quantity", json!(-1), "items[0].quantity"),
        ("/items/0/quantity", json!(0), "items[0].quantity"),
        ("/items/0/quantity", json!(10_001), "items[0].quantity"),
        ("/items/0/quantity", json!(4_294_967_297_i64), "items[0].quantity"),
        ("/items/0/unitPriceCents", json!(-1), "items[0].unitPriceCents"),
        ("/items/0/unitPriceCents", json!(1_000_000_001), "items[0].unitPriceCents"),
        ("/items/0/product", json!("a\u{7}"), "items[0].product"),
        ("/items", json!([]), "items"),
        ("/items", many, "items"),
        ("/items", dear, "items"),
        ("/customer/name", json!("n".repeat(300)), "customer.name"),
        ("/customer/email", json!("a@b.example\r\nBcc: c@d.example"), "customer.email"),
        ("/customer/email", json!("nobody"), "customer.email"),
        ("/deliverTo/routeId", json!(""), "deliverTo.routeId"),
    ] {
        let error = read(&with(path, value)).unwrap_err();
        let InvalidOrder::Field { field: named, .. } = &error else { panic!("{error}") };
        assert_eq!(named, field);
        assert_eq!(error.reason(), "InvalidField");
    }
}

#[test]
fn what_is_another_shape_is_told_from_what_is_no_json() {
    for (path, value, word) in [
        ("/items/0/unitPriceCents", json!(19.90), "floating point"),
        ("/items/0/quantity", json!("2"), "string"),
        ("/items/0", json!({"product": "a", "quantity": 1}), "unitPriceCents"),
        ("/customer", json!({"name": "a", "email": "a@b", "mail": 1}), "mail"),
        ("/deliverTo", json!({"route": "2"}), "route"),
    ] {
        let error = read(&with(path, value)).unwrap_err();
        assert_eq!(error.reason(), "InvalidBody", "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    for (body, reason) in
        [("[1]", "InvalidBody"), ("{", "InvalidJson"), ("", "InvalidJson"), ("purchase", "InvalidJson")]
    {
        assert_eq!(Order::read(body.as_bytes()).unwrap_err().reason(), reason, "{body}");
    }
}

#[test]
fn the_fingerprint_is_of_the_order_and_not_of_its_spelling() {
    let order = read(&body()).unwrap();
    let spelt = r#" {"deliverTo":{"routeId":"2"}, "items":[{"unitPriceCents":1990,"quantity":2,"product":"caf\u00e9"}],
        "customer":{"language":"pt-BR","email":"customer7@example.com","name":"Customer 7"}}"#;
    assert_eq!(Order::read(spelt.as_bytes()).unwrap().fingerprint(), order.fingerprint());
    for (path, value) in [
        ("/items/0/quantity", json!(3)),
        ("/items/0/unitPriceCents", json!(1991)),
        ("/items/0/product", json!("cafe")),
        ("/customer/name", json!("Customer 8")),
        ("/customer/email", json!("customer8@example.com")),
        ("/deliverTo", Value::Null),
    ] {
        assert_ne!(read(&with(path, value)).unwrap().fingerprint(), order.fingerprint(), "{path}");
    }
}

#[test]
fn the_length_of_a_field_cannot_be_lent_to_the_next() {
    let two = |first: &str, second: &str| {
        let item = |product: &str| json!({"product": product, "quantity": 1, "unitPriceCents": 1});
        read(&with("/items", json!([item(first), item(second)]))).unwrap().fingerprint()
    };
    assert_ne!(two("ab", "c"), two("a", "bc"));
}

#[test]
fn fuzzed_bodies_become_orders_within_all_limits_or_are_refused_with_a_sentence() {
    let report = Fuzz::new("purchase-body").swollen().run(|input| match Order::read(input) {
        Ok(order) => {
            assert!((1..=MAX_ITEMS).contains(&order.items.len()));
            assert!((0..=MAX_TOTAL).contains(&order.total.get()));
            for item in &order.items {
                assert!((1..=MAX_QUANTITY).contains(&item.quantity));
                assert!(!item.product.as_str().chars().any(char::is_control));
            }
            let address = order.customer.email.as_str();
            assert!(address.len() <= 254 && address.is_ascii() && !address.contains(['\r', '\n', ' ']));
            assert_eq!(order.fingerprint().len(), 64);
            "order"
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.ends_with('.') && message.len() <= 1_024, "{} bytes: {message}", message.len());
            error.reason()
        }
    });
    report.reached(&["order", "InvalidJson", "InvalidBody", "InvalidField"]);
}
