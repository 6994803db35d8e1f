//! Purchases, invoices and settings for tests.

use delivery_messages::sales::purchase::{Customer, Item, Language};
use delivery_messages::{Millis, Purchase};

use crate::config::IssuerConfig;
use crate::domain::invoice::{Invoice, Issuer, Order};
use crate::mail::message::SenderSettings;

/// The time from which all tests count.
pub(crate) const NOW: Millis = 1_795_340_100_000;

/// The purchase with this number in its id.
pub(crate) fn order(number: u32) -> Order {
    Order { purchase: purchase(number), traceparent: None }
}

/// The purchase with this number in its id.
pub(crate) fn purchase(number: u32) -> Purchase {
    Purchase {
        purchase_id: format!("0193b9a5-7f3e-7c11-9d42-{number:012}"),
        customer: Customer {
            id: "5f0c7f1e-6a51-8f5e-9a39-0d3cbd7e9c11".to_owned(),
            name: "Customer 7".to_owned(),
            email: "customer7@example.com".to_owned(),
            language: Language::Portuguese,
        },
        items: vec![Item { product: "café".to_owned(), quantity: 2, unit_price_cents: 1_990 }],
        total_cents: 3_980,
        currency: "BRL".to_owned(),
        deliver_to: None,
        created_at: NOW - 700,
        approved_at: NOW - 500,
    }
}

/// Who issues.
pub(crate) fn issuer() -> Issuer {
    Issuer { company: IssuerConfig::default(), series: 1, mail_domain: "code-delivery.example".to_owned() }
}

/// The invoice with this number, of the purchase with the same.
pub(crate) fn invoice(number: u32) -> Invoice {
    issued(&purchase(number), number)
}

/// The invoice of a purchase.
pub(crate) fn issued(purchase: &Purchase, number: u32) -> Invoice {
    let order = Order { purchase: purchase.clone(), traceparent: None };
    Invoice::of(&order, &issuer(), number, NOW)
}

/// The sender's settings, with a map.
pub(crate) fn sender_settings() -> SenderSettings {
    SenderSettings {
        from: "Code Delivery <invoices@code-delivery.example>".parse().unwrap(),
        map_url: Some("http://127.0.0.1:30080".to_owned()),
    }
}
