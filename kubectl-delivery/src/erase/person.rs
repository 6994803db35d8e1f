//! The person whose data is erased, and which records and objects belong to them. Pure.

use std::fmt;

use delivery_api::Delivery;
use delivery_api::names::CLIENT_ID_ANNOTATION;
use delivery_messages::Plan;
use kube::ResourceExt;
use serde_json::Value;

use crate::base::table::printable;

/// A person, by one of the two names in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    /// The name of the courier.
    Courier(String),
    /// The id of the client that requested deliveries.
    Client(String),
}

impl Person {
    /// As an argument of this program.
    pub(crate) fn argument(&self) -> String {
        match self {
            Self::Courier(name) => format!("--courier={name}"),
            Self::Client(id) => format!("--client={id}"),
        }
    }

    /// The courier's name, if the person is a courier.
    pub(crate) fn courier(&self) -> Option<&str> {
        if let Self::Courier(name) = self { Some(name) } else { None }
    }

    fn is(&self, courier: Option<&str>, client: Option<&str>) -> bool {
        match self {
            Self::Courier(name) => courier == Some(name),
            Self::Client(id) => client == Some(id),
        }
    }

    pub(crate) fn is_of_plan(&self, plan: &Plan) -> bool {
        self.is(Some(&plan.courier), Some(&plan.client_id))
    }

    pub(crate) fn is_of_object(&self, delivery: &Delivery) -> bool {
        let client = delivery.annotations().get(CLIENT_ID_ANNOTATION).map(String::as_str);
        self.is(delivery.spec.courier.as_deref(), client)
    }

    /// Whether a record's value belongs to the person: a start request, a position, or a dead-lettered one of these.
    pub(crate) fn is_of_json(&self, value: &Value) -> bool {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        self.is(text("courier"), text("clientId"))
    }
}

impl fmt::Display for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Courier(name) => write!(formatter, "the courier {}", printable(name)),
            Self::Client(id) => write!(formatter, "the client {}", printable(id)),
        }
    }
}

#[cfg(test)]
#[path = "tests/person.rs"]
mod tests;
