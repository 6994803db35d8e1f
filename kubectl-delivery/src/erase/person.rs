//! The person whose data is erased, and which records and objects belong to them. Pure.

use std::fmt;

use delivery_api::Delivery;
use delivery_api::names::CLIENT_ID_ANNOTATION;
use delivery_messages::Plan;
use kube::ResourceExt;
use serde_json::Value;

use crate::base::table::printable;

/// A person, by one of the names in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    /// The name of the courier.
    Courier(String),
    /// The id of the client that requested deliveries.
    Client(String),
    /// A customer, who is the client of the deliveries of the purchases.
    Customer {
        /// The address, or the id if that was given.
        name: String,
        /// Follows from the address; the key of what was bought.
        id: String,
    },
}

impl Person {
    /// As an argument of this program.
    pub(crate) fn argument(&self) -> String {
        match self {
            Self::Courier(name) => format!("--courier={name}"),
            Self::Client(id) => format!("--client={id}"),
            // Without the address: anybody who may look at a Job sees it.
            Self::Customer { id, .. } => format!("--customer={id}"),
        }
    }

    /// The courier's name, if the person is a courier.
    pub(crate) fn courier(&self) -> Option<&str> {
        if let Self::Courier(name) = self { Some(name) } else { None }
    }

    /// The customer's id, if the person is a customer.
    pub(crate) fn customer(&self) -> Option<&str> {
        if let Self::Customer { id, .. } = self { Some(id) } else { None }
    }

    fn is(&self, courier: Option<&str>, client: Option<&str>) -> bool {
        match self {
            Self::Courier(name) => courier == Some(name),
            Self::Client(id) | Self::Customer { id, .. } => client == Some(id),
        }
    }

    pub(crate) fn is_of_plan(&self, plan: &Plan) -> bool {
        self.is(Some(&plan.courier), Some(&plan.client_id))
    }

    pub(crate) fn is_of_object(&self, delivery: &Delivery) -> bool {
        let client = delivery.annotations().get(CLIENT_ID_ANNOTATION).map(String::as_str);
        self.is(delivery.spec.courier.as_deref(), client)
    }

    /// Whether a record's value belongs to the person: a start request, a position, something about a purchase, or a dead-lettered one
    /// of these.
    pub(crate) fn is_of_json(&self, value: &Value) -> bool {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        self.is(text("courier"), text("clientId")) || self.is_of_purchase(value)
    }

    /// Whether a value is a purchase of the customer, its invoice, or what the customer is told.
    fn is_of_purchase(&self, value: &Value) -> bool {
        let Some(id) = self.customer() else { return false };
        let ids = ["/customer/id", "/customerId", "/recipientId"];
        ids.iter().any(|path| value.pointer(path).and_then(Value::as_str).is_some_and(|found| found == id))
    }
}

impl fmt::Display for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Courier(name) => write!(formatter, "the courier {}", printable(name)),
            Self::Client(id) => write!(formatter, "the client {}", printable(id)),
            Self::Customer { name, .. } => write!(formatter, "the customer {}", printable(name)),
        }
    }
}

#[cfg(test)]
#[path = "tests/person.rs"]
mod tests;
