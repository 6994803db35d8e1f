//! `compra`: an approved purchase, whole, so that a reader needs to ask nobody.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// An approved purchase. The key is the customer's id, so that a customer's purchases stay in order; the id of the event is the id of
/// the purchase, and a record that comes twice has the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    /// The purchase's id, a UUID.
    pub purchase_id: String,
    /// Who bought.
    pub customer: Customer,
    /// What was bought; at least one.
    pub items: Vec<Item>,
    /// The sum of all items, cents.
    pub total_cents: i64,
    /// The currency of all amounts, by ISO 4217.
    pub currency: String,
    /// What is to be delivered, and along which route; absent: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_to: Option<DeliverTo>,
    /// When the purchase was made.
    pub created_at: Millis,
    /// When its payment was approved.
    pub approved_at: Millis,
}

/// A customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// A UUID; the same e-mail address always has the same one. Also the recipient's id of the customer's notifications.
    pub id: String,
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The language of what the customer reads.
    #[serde(default)]
    pub language: Language,
}

impl Customer {
    /// The same customer without name and address, as whoever keeps purchases or invoices has one who was erased.
    #[must_use]
    pub fn forgotten(self) -> Self {
        Self { name: String::new(), email: String::new(), ..self }
    }

    /// Whether name and address were taken out. No customer who buys is without them.
    #[must_use]
    pub const fn is_forgotten(&self) -> bool {
        self.email.is_empty()
    }

    /// Whether this is the customer that another copy shows: what was taken out of one of them differs in nothing.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let is_forgotten = self.is_forgotten() || other.is_forgotten();
        self == other || is_forgotten && self.id == other.id && self.language == other.language
    }
}

impl fmt::Debug for Customer {
    /// Without name and address, which are nobody's business in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Customer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A language in which customers are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// Portuguese of Brazil.
    #[default]
    #[serde(rename = "pt-BR")]
    Portuguese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// One line of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The product's name.
    pub product: String,
    /// How many; at least 1.
    pub quantity: u32,
    /// The price of one, cents; at least 0.
    pub unit_price_cents: i64,
}

/// Where a purchase is delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliverTo {
    /// The `id` of a route.
    pub route_id: String,
}
