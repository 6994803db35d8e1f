//! Who is erased, and what speaks of that person. Pure.

use delivery_api::Delivery;
use delivery_api::names::CLIENT_ID_ANNOTATION;
use delivery_messages::Plan;
use kube::ResourceExt;
use serde_json::Value;
use std::fmt;

/// A person, by one of the two names that messages have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who drives.
    Courier(String),
    /// Who asked for deliveries.
    Client(String),
}

impl Who {
    /// The same as an argument of this program.
    #[must_use]
    pub fn argument(&self) -> String {
        match self {
            Self::Courier(name) => format!("--courier={name}"),
            Self::Client(id) => format!("--client={id}"),
        }
    }

    /// The courier's name, if it is one.
    #[must_use]
    pub fn courier(&self) -> Option<&str> {
        if let Self::Courier(name) = self { Some(name) } else { None }
    }

    fn is(&self, courier: Option<&str>, client: Option<&str>) -> bool {
        match self {
            Self::Courier(name) => courier == Some(name),
            Self::Client(id) => client == Some(id),
        }
    }

    /// Whether a plan is of this person.
    #[must_use]
    pub fn is_of_plan(&self, plan: &Plan) -> bool {
        self.is(Some(&plan.courier), Some(&plan.client_id))
    }

    /// Whether an object is of this person.
    #[must_use]
    pub fn is_of_object(&self, delivery: &Delivery) -> bool {
        let client = delivery.annotations().get(CLIENT_ID_ANNOTATION).map(String::as_str);
        self.is(delivery.spec.courier.as_deref(), client)
    }

    /// Whether a record's value speaks of this person, be it a request, a position, or one of them that was given up.
    #[must_use]
    pub fn is_of_json(&self, value: &Value) -> bool {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        self.is(text("courier"), text("clientId"))
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Courier(name) => write!(formatter, "the courier {}", crate::output::printable(name)),
            Self::Client(id) => write!(formatter, "the client {}", crate::output::printable(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_courier_and_a_client_of_one_name_are_two() {
        let (courier, client) = (Who::Courier("ana".into()), Who::Client("ana".into()));
        let by_ana = json!({"routeId": "1", "clientId": "ana", "courier": "rui"});
        let for_ana = json!({"routeId": "1", "clientId": "", "courier": "ana"});
        assert!(client.is_of_json(&by_ana) && !courier.is_of_json(&by_ana));
        assert!(courier.is_of_json(&for_ana) && !client.is_of_json(&for_ana));
        assert!(!courier.is_of_json(&json!({"courier": ["ana"]})) && !courier.is_of_json(&json!("ana")));
        assert_eq!(courier.argument(), "--courier=ana");
    }

    #[test]
    fn an_object_is_of_its_courier_and_of_the_client_of_its_request() {
        let delivery: Delivery = serde_yaml::from_str(&format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: a, annotations: {{ {CLIENT_ID_ANNOTATION}: c-1 }} }}, spec: {{ courier: ana }} }}"
        ))
        .unwrap();
        assert!(
            Who::Courier("ana".into()).is_of_object(&delivery) && Who::Client("c-1".into()).is_of_object(&delivery)
        );
        assert!(!Who::Courier("an".into()).is_of_object(&delivery), "to the letter");
    }
}
