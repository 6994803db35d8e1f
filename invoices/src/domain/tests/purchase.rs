use serde_json::{Value, json};

use super::*;

fn valid() -> Value {
    json!({
        "purchaseId": "0193b9a5-7f3e-7c11-9d42-6f0d3f8f2a10",
        "customer": {"id": "5f0c7f1e-6a51-8f5e-9a39-0d3cbd7e9c11", "name": "Customer 7", "email": "customer7@example.com"},
        "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}],
        "totalCents": 3980,
        "currency": "BRL",
        "createdAt": 1_795_340_100_000_i64,
        "approvedAt": 1_795_340_100_500_i64
    })
}

/// Reads the purchase after one of its values was replaced.
fn changed(pointer: &str, value: Value) -> Result<Purchase, DecodeError> {
    let mut purchase = valid();
    *purchase.pointer_mut(pointer).expect("the purchase has it") = value;
    read(Some(purchase.to_string().as_bytes()))
}

#[test]
fn a_valid_purchase_is_read_with_all_its_fields() {
    let purchase = read(Some(&serde_json::to_vec(&valid()).unwrap())).unwrap();
    assert_eq!((purchase.total_cents, purchase.items.len(), purchase.deliver_to), (3980, 1, None));
}

#[test]
fn what_a_name_may_hold_is_left_as_it_is() {
    for name in ["<b>Ana</b> & co.", "Zoë 🚲", "O'Neil; DROP TABLE", "çãé\u{202e}", &"n".repeat(200)] {
        assert_eq!(changed("/customer/name", json!(name)).unwrap().customer.name, name);
    }
}

#[test]
fn each_invalid_field_is_named_in_a_sentence_that_quotes_no_customer() {
    let long = "n".repeat(201);
    for (pointer, value, field) in [
        ("/purchaseId", json!("42"), "purchaseId"),
        ("/purchaseId", json!("0193B9A5-7F3E-7C11-9D42-6F0D3F8F2A10"), "purchaseId"),
        ("/customer/id", json!(" "), "customer.id"),
        ("/customer/name", json!(""), "customer.name"),
        ("/customer/name", json!(long), "customer.name"),
        ("/customer/email", json!("a@example.com\r\nBcc: b@example.com"), "customer.email"),
        ("/customer/email", json!(""), "customer.email"),
        ("/items", json!([]), "items"),
        ("/items/0/product", json!("a\u{7}b"), "items.product"),
        ("/items/0/quantity", json!(0), "items.quantity"),
        ("/items/0/quantity", json!(10_001), "items.quantity"),
        ("/items/0/unitPriceCents", json!(-1), "items.unitPriceCents"),
        ("/totalCents", json!(3981), "totalCents"),
        ("/currency", json!("USD"), "currency"),
        ("/createdAt", json!(0), "createdAt"),
        ("/approvedAt", json!(i64::MAX), "approvedAt"),
    ] {
        let error = changed(pointer, value).unwrap_err();
        assert_eq!(error.reason(), "InvalidField", "{pointer}");
        let message = error.to_string();
        assert!(message.starts_with(&format!("The field {field} of a record of compra is not valid: ")), "{message}");
        assert!(message.ends_with('.') && !message.contains("Bcc") && !message.contains("nnn"), "{message}");
    }
}

#[test]
fn more_items_than_a_purchase_has_and_a_total_beyond_the_limit_are_refused() {
    let item = json!({"product": "x", "quantity": 10_000, "unitPriceCents": 1_000_000_000});
    let many: Vec<_> = (0..10_000).map(|_| item.clone()).collect();
    assert!(changed("/items", json!(many)).unwrap_err().to_string().contains("10000"));
    let mut purchase = valid();
    purchase["items"] = json!([item]);
    purchase["totalCents"] = json!(10_000_000_000_000_i64);
    assert!(read(Some(&serde_json::to_vec(&purchase).unwrap())).unwrap_err().to_string().contains("more than"));
}

#[test]
fn what_is_no_purchase_at_all_is_malformed_or_empty() {
    assert_eq!(read(None).unwrap_err().reason(), "EmptyRecord");
    for value in ["", "{}", "[]", "not JSON", r#"{"purchaseId": 7}"#] {
        assert_eq!(read(Some(value.as_bytes())).unwrap_err().reason(), "MalformedRecord", "{value}");
    }
    assert_eq!(changed("/totalCents", json!(39.8)).unwrap_err().reason(), "MalformedRecord");
    assert_eq!(changed("/items/0/quantity", json!(-2)).unwrap_err().reason(), "MalformedRecord");
}

mod fuzzing {
    use delivery_fuzz::Fuzz;

    use crate::domain::purchase::read;
    use crate::mail::message::{Letter, letter};
    use crate::pdf;
    use crate::testing;

    #[test]
    fn fuzzed_purchases_become_an_invoice_of_bounded_size_or_are_refused_with_a_sentence() {
        // A character may take six bytes in HTML; each of 100 lines has widths, positions and operators in the PDF, and the PDF is
        // encoded for the e-mail.
        let report = Fuzz::new("purchase").swollen().memory_per_byte(4_096).run(|input| match read(Some(input)) {
            Err(error) => {
                let message = error.to_string();
                assert!(message.ends_with('.') && message.len() <= 1_024, "{message}");
                error.reason()
            }
            Ok(purchase) => {
                let invoice = testing::issued(&purchase, 42);
                assert_eq!(invoice.access_key.len(), 44);
                let pdf = pdf::document(&invoice, &testing::issuer());
                assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() <= 1 << 20, "{} bytes", pdf.len());
                match letter(&invoice, &testing::sender_settings(), &pdf, testing::NOW, true) {
                    Ok(Letter { raw, .. }) => {
                        let text = String::from_utf8_lossy(&raw);
                        let head = text.split("\r\n\r\n").next().unwrap_or_default();
                        let starting = |name: &str| head.lines().filter(|line| line.starts_with(name)).count();
                        assert_eq!((starting("To:"), starting("Subject:"), starting("Bcc:")), (1, 1, 0), "{head}");
                        "sent"
                    }
                    Err(error) => error.reason(),
                }
            }
        });
        report.reached(&["sent", "InvalidAddress", "InvalidField", "MalformedRecord"]);
    }
}
