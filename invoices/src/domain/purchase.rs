//! Reads a record of `compra`, and checks what its type cannot say. Whoever wrote it may have been anybody.

use delivery_messages::sales::purchase::Item;
use delivery_messages::{DecodeError, Purchase, Topic, decode};
use uuid::Uuid;

/// The maximum number of lines of a purchase.
pub(crate) const MAX_ITEMS: usize = 100;
/// The maximum number of characters of a name and of a product.
const MAX_NAME: usize = 200;
/// The maximum number of bytes of an e-mail address, by RFC 5321 §4.5.3.1.3.
const MAX_EMAIL: usize = 254;
/// The maximum number of characters of an id that is not a UUID.
const MAX_ID: usize = 128;
const MAX_QUANTITY: u32 = 10_000;
const MAX_PRICE: i64 = 1_000_000_000;
const MAX_TOTAL: i64 = 1_000_000_000_000;
/// The times between which a purchase can have been approved: the years 2000 to 2099, of which an access key has two digits.
const TIMES: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Reads a purchase.
///
/// # Errors
/// What is wrong with it, as a sentence that names the field. It quotes nothing that a customer has entered.
pub(crate) fn read(value: Option<&[u8]>) -> Result<Purchase, DecodeError> {
    let purchase: Purchase = decode(Topic::Purchase, value)?;
    let Purchase { purchase_id, customer, items, total_cents, currency, deliver_to, created_at, approved_at } =
        &purchase;
    let canonical = Uuid::parse_str(purchase_id).is_ok_and(|id| id.hyphenated().to_string() == *purchase_id);
    check("purchaseId", canonical, || "it is not a UUID in lower case with hyphens".to_owned())?;
    text("customer.id", &customer.id, MAX_ID)?;
    text("customer.name", &customer.name, MAX_NAME)?;
    let email = &customer.email;
    check("customer.email", email.len() <= MAX_EMAIL, || format!("it has more than {MAX_EMAIL} bytes"))?;
    check("customer.email", !email.is_empty() && !email.contains(char::is_control), || {
        "it is empty or has control characters".to_owned()
    })?;
    check("items", (1..=MAX_ITEMS).contains(&items.len()), || {
        format!("there are {} of them, instead of 1 to {MAX_ITEMS}", items.len())
    })?;
    let mut total = 0_i64;
    for item in items {
        total = total.saturating_add(line(item)?);
    }
    check("totalCents", total == *total_cents, || format!("it is {total_cents}, but the items make {total}"))?;
    check("totalCents", total <= MAX_TOTAL, || format!("it is more than {MAX_TOTAL}"))?;
    check("currency", currency == "BRL", || "it is not BRL".to_owned())?;
    if let Some(deliver_to) = deliver_to {
        text("deliverTo.routeId", &deliver_to.route_id, MAX_ID)?;
    }
    for (field, time) in [("createdAt", created_at), ("approvedAt", approved_at)] {
        check(field, TIMES.contains(time), || format!("{time} is not a time from 2000 to 2099, in milliseconds"))?;
    }
    Ok(purchase)
}

/// The amount of a line, cents.
fn line(item: &Item) -> Result<i64, DecodeError> {
    let Item { product, quantity, unit_price_cents } = item;
    text("items.product", product, MAX_NAME)?;
    check("items.quantity", (1..=MAX_QUANTITY).contains(quantity), || {
        format!("it is {quantity}, instead of 1 to {MAX_QUANTITY}")
    })?;
    check("items.unitPriceCents", (0..=MAX_PRICE).contains(unit_price_cents), || {
        format!("it is {unit_price_cents}, instead of 0 to {MAX_PRICE}")
    })?;
    Ok(amount(item))
}

/// The amount of a line that was checked, cents.
#[must_use]
pub(crate) fn amount(item: &Item) -> i64 {
    i64::from(item.quantity).saturating_mul(item.unit_price_cents)
}

fn text(field: &'static str, text: &str, max: usize) -> Result<(), DecodeError> {
    check(field, !text.trim().is_empty(), || "it is empty".to_owned())?;
    check(field, text.chars().count() <= max, || format!("it has more than {max} characters"))?;
    check(field, !text.contains(char::is_control), || "it has control characters".to_owned())
}

fn check(field: &'static str, holds: bool, problem: impl FnOnce() -> String) -> Result<(), DecodeError> {
    if holds { Ok(()) } else { Err(DecodeError::Invalid { topic: Topic::Purchase.name(), field, problem: problem() }) }
}

#[cfg(test)]
#[path = "tests/purchase.rs"]
mod tests;
