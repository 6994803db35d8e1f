//! What a client asks for in the body of `POST /purchases`, read and checked as a whole: there is no order that is partly valid.

use delivery_messages::records::text;
use delivery_messages::sales::purchase::Language;
use serde::Deserialize;
use serde_json::error::Category;
use sha2::{Digest, Sha256};

use super::email::Email;
use super::money::{Cents, total};
use super::text::{Name, RouteId};

/// The maximum number of items.
pub(crate) const MAX_ITEMS: usize = 100;
/// The maximum number of pieces of an item.
pub(crate) const MAX_QUANTITY: u32 = 10_000;
/// The maximum number of bytes of the JSON reader's message that an error quotes.
const MAX_QUOTED: usize = 512;

/// An order in which everything is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Who buys.
    pub customer: Customer,
    /// What; at least one.
    pub items: Vec<Item>,
    /// The sum of all items.
    pub total: Cents,
    /// The route along which it is to be delivered; absent: nothing is.
    pub deliver_to: Option<RouteId>,
}

/// Who buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Customer {
    /// A UUID that follows from the address.
    pub id: String,
    pub name: Name,
    pub email: Email,
    pub language: Language,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub product: Name,
    pub quantity: u32,
    pub unit_price: Cents,
}

/// Why a body is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidOrder {
    /// It is no JSON at all.
    #[error("The body is no JSON: {0}.")]
    NotJson(String),
    /// It is JSON of another shape.
    #[error("The body is not a purchase: {0}.")]
    Shape(String),
    /// A field has a value that is not allowed.
    #[error("The field {field} is not valid: {problem}.")]
    Field {
        /// The field's path in JSON.
        field: String,
        /// The end of a sentence.
        problem: String,
    },
}

impl InvalidOrder {
    /// A stable name, part of the HTTP API.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "InvalidJson",
            Self::Shape(_) => "InvalidBody",
            Self::Field { .. } => "InvalidField",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Raw {
    customer: RawCustomer,
    items: Vec<RawItem>,
    #[serde(default)]
    deliver_to: Option<RawDeliverTo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawCustomer {
    name: String,
    email: String,
    #[serde(default)]
    language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawItem {
    product: String,
    quantity: i64,
    unit_price_cents: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawDeliverTo {
    route_id: String,
}

impl Order {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(crate) fn read(body: &[u8]) -> Result<Self, InvalidOrder> {
        let raw: Raw = delivery_messages::object(body).map_err(|error| {
            let quoted = text::cut(&error.to_string(), MAX_QUOTED).into_owned();
            match error.classify() {
                Category::Data => InvalidOrder::Shape(quoted),
                Category::Syntax | Category::Eof | Category::Io => InvalidOrder::NotJson(quoted),
            }
        })?;
        Self::check(raw)
    }

    fn check(raw: Raw) -> Result<Self, InvalidOrder> {
        let email = Email::read(raw.customer.email).map_err(|problem| field("customer.email", problem))?;
        let customer = Customer {
            id: email.customer_id(),
            name: Name::read(raw.customer.name).map_err(|problem| field("customer.name", problem))?,
            email,
            language: raw.customer.language.unwrap_or_default(),
        };
        if raw.items.is_empty() || raw.items.len() > MAX_ITEMS {
            return Err(field("items", format!("it has {} items; give 1 to {MAX_ITEMS}", raw.items.len())));
        }
        let items = raw.items.into_iter().enumerate().map(|(place, item)| Item::check(place, item));
        let items: Vec<Item> = items.collect::<Result<_, _>>()?;
        let total = total(items.iter().map(|item| (item.unit_price, item.quantity)))
            .map_err(|error| field("items", error.to_string()))?;
        let deliver_to = raw.deliver_to.map(|to| RouteId::read(to.route_id)).transpose();
        let deliver_to = deliver_to.map_err(|problem| field("deliverTo.routeId", problem))?;
        Ok(Self { customer, items, total, deliver_to })
    }

    /// A text that is the same for the same order, however its JSON is written, and another for any other: the SHA-256 of all its fields.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        // Each field after its length, so that no two orders have the same bytes.
        let mut field = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(bytes);
        };
        field(self.customer.name.as_str().as_bytes());
        field(self.customer.email.as_str().as_bytes());
        field(language_tag(self.customer.language).as_bytes());
        field(self.deliver_to.as_ref().map_or("", RouteId::as_str).as_bytes());
        for item in &self.items {
            field(item.product.as_str().as_bytes());
            field(&item.quantity.to_be_bytes());
            field(&item.unit_price.get().to_be_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        hash.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
    }
}

impl Item {
    fn check(place: usize, raw: RawItem) -> Result<Self, InvalidOrder> {
        let at = |name: &str| format!("items[{place}].{name}");
        let product = Name::read(raw.product).map_err(|problem| field(at("product"), problem))?;
        let quantity = u32::try_from(raw.quantity).ok().filter(|quantity| (1..=MAX_QUANTITY).contains(quantity));
        let quantity = quantity
            .ok_or_else(|| field(at("quantity"), format!("it is {}; write 1 to {MAX_QUANTITY}", raw.quantity)))?;
        let unit_price =
            Cents::unit_price(raw.unit_price_cents).map_err(|problem| field(at("unitPriceCents"), problem))?;
        Ok(Self { product, quantity, unit_price })
    }
}

/// The tag of a language (BCP 47), as in JSON.
pub(crate) const fn language_tag(language: Language) -> &'static str {
    match language {
        Language::Portuguese => "pt-BR",
        Language::English => "en",
    }
}

fn field(field: impl Into<String>, problem: String) -> InvalidOrder {
    InvalidOrder::Field { field: field.into(), problem }
}

#[cfg(test)]
#[path = "tests/order.rs"]
mod tests;
