//! The payment step: what the payment of a purchase comes to, and how long it takes. A simulation, which the configuration makes slow or
//! refusing for customers of tests.
//!
//! Pure: when a payment is asked for, and what becomes of its outcome, is left to `relay`.

use std::time::Duration;

use crate::config::PaymentsConfig;
use crate::domain::decision::Outcome;
use crate::domain::purchase::Purchase;

/// Why a payment is refused, part of the HTTP API.
pub(crate) const REFUSED: &str = "PaymentRefused";

/// What a payment comes to, and after which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    pub takes: Duration,
    pub outcome: Outcome,
}

/// The payment step.
#[derive(Clone, Debug)]
pub(crate) struct Payments {
    delay: Duration,
    slow_delay: Duration,
    slow: Customers,
    refused: Customers,
}

/// Customers by their addresses, or by `@` and the domain of these, in lower case.
#[derive(Clone, Debug)]
struct Customers(Vec<String>);

impl Customers {
    fn new(list: &[String]) -> Self {
        Self(list.iter().map(|customer| customer.to_lowercase()).collect())
    }

    fn have(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        self.0.iter().any(|customer| match customer.strip_prefix('@') {
            Some(domain) => email.rsplit_once('@').is_some_and(|(_, of)| of == domain),
            None => email == *customer,
        })
    }
}

impl Payments {
    /// As configured.
    pub(crate) fn new(config: &PaymentsConfig) -> Self {
        Self {
            delay: Duration::from_millis(config.delay_milliseconds.into()),
            slow_delay: Duration::from_millis(config.slow_milliseconds.into()),
            slow: Customers::new(&config.slow_customers),
            refused: Customers::new(&config.refused_customers),
        }
    }

    /// The payment of a purchase.
    pub(crate) fn of(&self, purchase: &Purchase) -> Payment {
        let email = purchase.order.customer.email.as_str();
        let takes = if self.slow.have(email) { self.slow_delay } else { self.delay };
        let outcome = if self.refused.have(email) { Outcome::Failed(REFUSED.to_owned()) } else { Outcome::Approved };
        Payment { takes, outcome }
    }
}

#[cfg(test)]
#[path = "tests/payments.rs"]
mod tests;
