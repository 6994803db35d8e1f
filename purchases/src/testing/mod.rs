//! Purchases for tests, and in memory a [`store`] and a [`log`], which can be told to fail as they do to a process that is killed.

pub(crate) mod log;
pub(crate) mod store;
mod fuse;

use delivery_messages::Millis;

use crate::domain::order::Order;
use crate::domain::purchase::Purchase;

/// The time from which all tests count.
pub(crate) const NOW: Millis = 1_796_018_000_000;

/// The body of a request by a customer, for a delivery along route 2.
pub(crate) fn body(customer: usize) -> String {
    serde_json::json!({
        "customer": {"name": format!("Customer {customer}"), "email": format!("customer{customer}@example.com")},
        "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1990}],
        "deliverTo": {"routeId": "2"},
    })
    .to_string()
}

/// A pending purchase of a customer.
pub(crate) fn purchase(id: &str, customer: usize) -> Purchase {
    let order = Order::read(body(customer).as_bytes()).unwrap();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    Purchase::new(id.to_owned(), order, trace, NOW)
}
