use super::*;

fn order() -> Order {
    Order {
        customer: None,
        name: None,
        language: Language::English,
        product: "café".into(),
        quantity: 2,
        price: 1_990,
        route: None,
    }
}

#[test]
fn without_a_customer_each_purchase_has_one_of_its_own() {
    assert_eq!(
        order().body(7),
        json!({
            "customer": {"name": "Customer 7", "email": "customer7@example.com", "language": "en"},
            "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}],
        })
    );
    assert_eq!(order().body(8)["customer"]["email"], "customer8@example.com");
}

#[test]
fn a_customer_is_named_by_the_address_unless_there_is_a_name() {
    let named = Order { customer: Some("ana@example.com".into()), language: Language::Portuguese, ..order() };
    assert_eq!(named.body(1)["customer"], json!({"name": "ana", "email": "ana@example.com", "language": "pt-BR"}));
    let named = Order { name: Some("Ana Souza".into()), ..named };
    assert_eq!(named.body(1)["customer"]["name"], "Ana Souza");
}

#[test]
fn what_is_to_be_delivered_names_its_route() {
    let delivered = Order { route: Some("2".into()), ..order() };
    assert_eq!(delivered.body(1)["deliverTo"], json!({"routeId": "2"}));
    assert!(order().body(1).get("deliverTo").is_none());
}
