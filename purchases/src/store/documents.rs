//! Purchases, decisions and terms as documents, and the statements that change them. Pure.
//!
//! A document is found by its `_id` alone wherever it can be: there are servers that read a whole collection for any other filter. The
//! field `outbox` is there as long as something is left to be done, so that an index on it is short.

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;
use mongodb::bson::{Bson, Document, doc};

use super::listing::ListingQuery;
use super::port::Term;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::email::Email;
use crate::domain::money::{CURRENCY, Cents};
use crate::domain::order::{Customer, Item, Order, language_tag};
use crate::domain::purchase::{Purchase, State};
use crate::domain::text::{Name, RouteId};

/// The collection of purchases.
pub(crate) const PURCHASES: &str = "purchases";
/// The list of purchases under way but for those that were handed over in memory; short, however many purchases there ever were.
pub(crate) const UNDER_WAY: &str = "under_way";
/// The collection of decisions, by the ids of their purchases.
pub(crate) const DECISIONS: &str = "decisions";
/// The collection of customers who are forgotten, by their ids.
pub(crate) const ERASED: &str = "erased";
/// The collection of terms.
pub(crate) const TERMS: &str = "terms";
/// What is known of the topic of purchases: one document.
pub(crate) const LOG: &str = "log";

/// What the field `outbox` holds while it is there.
const OPEN: &str = "open";

/// A purchase as a document.
pub(crate) fn of_purchase(purchase: &Purchase) -> Document {
    let Order { customer, items, total, deliver_to } = &purchase.order;
    let items: Vec<Bson> = items
        .iter()
        .map(|item| {
            let product = item.product.as_str();
            Bson::from(doc! {"product": product, "quantity": i64::from(item.quantity), "unitPriceCents": item.unit_price.get()})
        })
        .collect();
    let mut document = doc! {
        "_id": &purchase.id,
        "createdAt": purchase.created_at,
        "state": purchase.state.name(),
        // At the top, since not every server has indexes on fields of fields.
        "customerId": &customer.id,
        "customer": {
            "name": customer.name.as_str(),
            "email": customer.email.as_str(),
            "language": language_tag(customer.language),
        },
        "items": items,
        "totalCents": total.get(),
        "currency": CURRENCY,
        "fingerprint": &purchase.fingerprint,
        "trace": &purchase.trace,
    };
    if let Some(route) = deliver_to {
        document.insert("routeId", route.as_str());
    }
    if let Some(reason) = &purchase.reason {
        document.insert("reason", reason);
    }
    let numbers =
        [("approvedAt", purchase.approved_at), ("sequence", purchase.sequence), ("publishedAt", purchase.published_at)];
    for (name, number) in numbers {
        if let Some(number) = number {
            document.insert(name, number);
        }
    }
    if purchase.is_open() {
        document.insert("outbox", OPEN);
    }
    document
}

/// Reads a purchase; `None` for a document that is none, or whose customer was erased.
pub(crate) fn purchase(document: &Document) -> Option<Purchase> {
    let text = |name| document.get_str(name).ok().map(str::to_owned);
    let number = |name| document.get_i64(name).ok();
    let customer = document.get_document("customer").ok()?;
    let of_customer = |name| customer.get_str(name).ok();
    let items = document.get_array("items").ok()?;
    let order = Order {
        customer: Customer {
            id: text("customerId")?,
            name: Name::stored(of_customer("name")?),
            email: Email::stored(of_customer("email")?),
            language: language(of_customer("language")?),
        },
        items: items.iter().map(|item| self::item(item.as_document()?)).collect::<Option<_>>()?,
        total: Cents::stored(number("totalCents")?),
        deliver_to: text("routeId").as_deref().map(RouteId::stored),
    };
    Some(Purchase {
        id: text("_id")?,
        order,
        fingerprint: text("fingerprint")?,
        trace: text("trace")?,
        created_at: number("createdAt")?,
        state: document.get_str("state").ok()?.parse().ok()?,
        reason: text("reason"),
        approved_at: number("approvedAt"),
        sequence: number("sequence"),
        published_at: number("publishedAt"),
    })
}

fn item(document: &Document) -> Option<Item> {
    Some(Item {
        product: Name::stored(document.get_str("product").ok()?),
        quantity: u32::try_from(document.get_i64("quantity").ok()?).ok()?,
        unit_price: Cents::stored(document.get_i64("unitPriceCents").ok()?),
    })
}

fn language(tag: &str) -> Language {
    if tag == language_tag(Language::English) { Language::English } else { Language::Portuguese }
}

/// A decision as a document.
pub(crate) fn of_decision(decision: &Decision) -> Document {
    let mut document = doc! {
        "_id": &decision.purchase_id,
        "state": State::Approved.name(),
        "at": decision.at,
        "sequence": decision.sequence,
    };
    if let Outcome::Failed(reason) = &decision.outcome {
        document.insert("state", State::Failed.name());
        document.insert("reason", reason);
    }
    document
}

/// Reads a decision.
pub(crate) fn decision(document: &Document) -> Option<Decision> {
    let outcome = match document.get_str("state").ok()?.parse().ok()? {
        State::Approved => Outcome::Approved,
        State::Failed => Outcome::Failed(document.get_str("reason").ok()?.to_owned()),
        State::Pending => return None,
    };
    Some(Decision {
        purchase_id: document.get_str("_id").ok()?.to_owned(),
        outcome,
        at: document.get_i64("at").ok()?,
        sequence: document.get_i64("sequence").ok()?,
    })
}

/// The statement that changes a purchase's document as decided.
pub(crate) fn applied(decision: &Decision) -> Document {
    let change = match &decision.outcome {
        // The outbox stays open: the event is to be written.
        Outcome::Approved => doc! {
            "$set": {"state": State::Approved.name(), "approvedAt": decision.at, "sequence": decision.sequence},
        },
        Outcome::Failed(reason) => doc! {
            "$set": {"state": State::Failed.name(), "reason": reason, "sequence": decision.sequence},
            "$unset": {"outbox": ""},
        },
    };
    doc! {"q": {"_id": &decision.purchase_id}, "u": change}
}

/// The statement that notes that a purchase's event is written.
pub(crate) fn published(id: &str, at: Millis) -> Document {
    doc! {"q": {"_id": id}, "u": {"$set": {"publishedAt": at}, "$unset": {"outbox": ""}}}
}

/// The filter for the purchases decided after the decision of a number whose events are written and whose customers are not forgotten.
pub(crate) fn published_after(sequence: i64) -> Document {
    doc! {
        "state": State::Approved.name(),
        "sequence": {"$gt": sequence},
        "publishedAt": {"$exists": true},
        "erasedAt": {"$exists": false},
    }
}

/// The filter for the document about the topic of purchases.
pub(crate) fn log() -> Document {
    doc! {"_id": "compra"}
}

/// The statement that notes the topic's id.
pub(crate) fn of_log(id: &str) -> Document {
    doc! {"q": log(), "u": {"$set": {"topicId": id}}, "upsert": true}
}

/// The filter for the purchases that a customer has made up to a time, in which nothing is left to be done, and which are not forgotten yet.
pub(crate) fn to_forget(customer: &str, until: Millis) -> Document {
    doc! {
        "customerId": customer,
        "createdAt": {"$lte": until},
        "outbox": {"$exists": false},
        "erasedAt": {"$exists": false},
    }
}

/// The statement that forgets the customer in a purchase. What was bought and for how much stays, and so does the language, in which no
/// person can be recognized. The fingerprint is of the name and the address, too.
pub(crate) fn forgotten(document: &Document, at: Millis) -> Option<Document> {
    let id = document.get_str("_id").ok()?;
    let language =
        document.get_document("customer").and_then(|customer| customer.get_str("language")).unwrap_or_default();
    let set = doc! {"customer": {"name": "", "email": "", "language": language}, "fingerprint": "", "erasedAt": at};
    Some(doc! {"q": {"_id": id}, "u": {"$set": set}})
}

/// The statement that notes up to when a customer is forgotten.
pub(crate) fn of_erased(customer: &str, at: Millis) -> Document {
    doc! {"q": {"_id": customer}, "u": {"$set": {"erasedAt": at}}, "upsert": true}
}

/// Reads whose mark a document is, and up to when the customer is forgotten.
pub(crate) fn erased(document: &Document) -> Option<(String, Millis)> {
    Some((document.get_str("_id").ok()?.to_owned(), document.get_i64("erasedAt").ok()?))
}

/// A term as a document. Its id has as many digits as any, so that texts are in the order of numbers.
pub(crate) fn of_term(term: &Term) -> Document {
    let Term { number, holder, beats, is_over } = term;
    doc! {"_id": term_id(*number), "number": i64::from(*number), "holder": holder, "beats": beats, "isOver": is_over}
}

/// The id of a term's document.
pub(crate) fn term_id(number: u32) -> String {
    format!("{number:010}")
}

/// Reads a term.
pub(crate) fn term(document: &Document) -> Option<Term> {
    Some(Term {
        number: u32::try_from(document.get_i64("number").ok()?).ok()?,
        holder: document.get_str("holder").ok()?.to_owned(),
        beats: document.get_i64("beats").ok()?,
        is_over: document.get_bool("isOver").ok()?,
    })
}

/// The filter for a page of the list.
pub(crate) fn page(query: &ListingQuery) -> Document {
    let mut filter = Document::new();
    if let Some(customer) = &query.customer_id {
        filter.insert("customerId", customer);
    }
    if let Some(state) = query.state {
        filter.insert("state", state.name());
    }
    match &query.after {
        Some(cursor) => {
            let older = doc! {"createdAt": {"$lt": cursor.created_at}};
            let beside = doc! {"createdAt": cursor.created_at, "_id": {"$lt": &cursor.id}};
            doc! {"$and": [filter, {"$or": [older, beside]}]}
        }
        None => filter,
    }
}

/// The filter for purchases in which something is left to be done.
pub(crate) fn open() -> Document {
    doc! {"outbox": OPEN}
}

/// The indexes that a server has a use for, by its reply to `buildInfo`: a collection, a name and the keys of each. `FerretDB` 1 reads none of
/// them for any query, and maintains each with every write.
pub(crate) fn indexes(build: &Document) -> Vec<(&'static str, &'static str, Document)> {
    // FerretDB 2, which reads them, has a field of another name.
    if build.contains_key("ferretdbVersion") {
        return Vec::new();
    }
    vec![
        (PURCHASES, "newest-first", newest_first()),
        (PURCHASES, "by-customer", doc! {"customerId": 1, "createdAt": -1, "_id": -1}),
        (PURCHASES, "by-state", doc! {"state": 1, "createdAt": -1, "_id": -1}),
        (PURCHASES, "outbox", doc! {"outbox": 1, "state": 1, "createdAt": 1}),
        (UNDER_WAY, "oldest-first", oldest_first()),
    ]
}

/// The order of the list.
pub(crate) fn newest_first() -> Document {
    doc! {"createdAt": -1, "_id": -1}
}

/// The order in which purchases are taken in hand.
pub(crate) fn oldest_first() -> Document {
    doc! {"createdAt": 1, "_id": 1}
}

/// The order of what is open: by their names, approved ones come before pending ones.
pub(crate) fn approved_first() -> Document {
    doc! {"state": 1, "createdAt": 1, "_id": 1}
}

#[cfg(test)]
#[path = "tests/documents.rs"]
mod tests;
