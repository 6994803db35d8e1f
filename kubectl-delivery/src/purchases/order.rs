//! What is bought, and by whom. Pure.

use delivery_messages::sales::purchase::Language;
use serde_json::{Value, json};

/// The language of what customers read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LanguageArgument {
    /// Portuguese of Brazil.
    #[default]
    #[value(name = "pt-BR")]
    Portuguese,
    /// English.
    #[value(name = "en")]
    English,
}

impl From<LanguageArgument> for Language {
    fn from(argument: LanguageArgument) -> Self {
        match argument {
            LanguageArgument::Portuguese => Self::Portuguese,
            LanguageArgument::English => Self::English,
        }
    }
}

/// What is bought, any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// The customer's e-mail address; none: each purchase has a customer of its own.
    pub(crate) customer: Option<String>,
    /// The customer's name; none: what is before the @ of the address.
    pub(crate) name: Option<String>,
    pub(crate) language: Language,
    pub(crate) product: String,
    pub(crate) quantity: u32,
    /// The price of one, cents.
    pub(crate) price: i64,
    /// The `id` of a route, if it is to be delivered.
    pub(crate) route: Option<String>,
}

impl Order {
    /// The body of the request for the purchase with this number, from 1.
    pub(crate) fn body(&self, number: u32) -> Value {
        let email = self.customer.clone().unwrap_or_else(|| format!("customer{number}@example.com"));
        let name = match (&self.name, &self.customer) {
            (Some(name), _) => name.clone(),
            (None, Some(email)) => email.split('@').next().unwrap_or_default().to_owned(),
            (None, None) => format!("Customer {number}"),
        };
        let item = json!({"product": self.product, "quantity": self.quantity, "unitPriceCents": self.price});
        let mut body = json!({
            "customer": {"name": name, "email": email, "language": self.language},
            "items": [item],
        });
        if let (Some(route), Some(fields)) = (&self.route, body.as_object_mut()) {
            fields.insert("deliverTo".to_owned(), json!({"routeId": route}));
        }
        body
    }
}

#[cfg(test)]
#[path = "tests/order.rs"]
mod tests;
