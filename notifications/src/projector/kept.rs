//! The port for orders, on `MongoDB`: what purchases and invoices tell is one document, what plans and states tell another, so that each is
//! written by the one process that reads the partition.
//!
//! Each record sets fields of its own, so that records may come in any order, and come again. Whoever writes one half reads both afterwards: of
//! two who write at the same time, at least one sees all. What was told is a third document; if a mark in it is lost because two write it
//! at the same time, the same news is told again, which is the same notification. Documents are asked for by their `_id`, by which every
//! server finds one at once.

use delivery_messages::sales::purchase::Language;
use futures::TryStreamExt;
use futures::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::fold::UnderWay;
use super::kind::{Kind, Kinds};
use super::order::{Bought, Delivering, Facts, Invoice, Order};
use super::orders::Orders;
use crate::domain::ids::RecipientId;
use crate::domain::repository::RepositoryError;
use crate::store::client::{Store, limited, unless_there};
use crate::store::documents::{language, language_name};

/// What is known of purchases and deliveries: `SUBJECT/purchase`, `SUBJECT/delivery` and `SUBJECT/told`.
const ORDERS: &str = "orders";
/// The deliveries that are not over, so that finding them costs as much as they are.
const UNDER_WAY: &str = "under_way";

impl Orders for Store {
    async fn keep(&self, subject: &str, facts: &Facts) -> Result<Order, RepositoryError> {
        let (orders, mut written) = (self.collection(ORDERS), None);
        for (half, set) in [(PURCHASE, of_purchase(facts)), (DELIVERY, of_delivery(facts))] {
            if !set.is_empty() {
                let filter = doc! {"_id": key(subject, half)};
                let kept = orders.find_one_and_update(filter, doc! {"$set": set}).upsert(true);
                let kept = limited(kept.return_document(ReturnDocument::After)).await?;
                written = kept.map(|kept| (half, kept));
            }
        }
        let parts = parts_but(written.as_ref().map(|(half, _)| *half));
        let parts = parts.map(|part| limited(orders.find_one(doc! {"_id": key(subject, part)})));
        let mut found: Vec<Document> = try_join_all(parts).await?.into_iter().flatten().collect();
        found.extend(written.map(|(_, kept)| kept));
        let order = order(&found);
        if let Some(delivering) = order.facts.delivering.as_ref().filter(|_| !order.is_over) {
            let under_way = doc! {"_id": &delivering.delivery, "subject": subject};
            unless_there(self.collection(UNDER_WAY).insert_one(under_way)).await?;
        }
        Ok(order)
    }

    async fn told(&self, subject: &str, kinds: &Kinds, known: &Facts) -> Result<(), RepositoryError> {
        let orders = self.collection(ORDERS);
        let set = of_told(kinds, known.has_ended());
        if !set.is_empty() {
            let filter = doc! {"_id": key(subject, TOLD)};
            limited(orders.update_one(filter, doc! {"$set": set}).upsert(true)).await?;
        }
        if let Some(ended) = ended(known) {
            limited(self.collection(UNDER_WAY).delete_one(ended)).await?;
        }
        Ok(())
    }

    async fn under_way(&self) -> Result<Vec<UnderWay>, RepositoryError> {
        let all = self.collection(UNDER_WAY);
        let found: Vec<Document> = limited(async { all.find(doc! {}).await?.try_collect().await }).await?;
        Ok(found.iter().filter_map(under_way).collect())
    }
}

const PURCHASE: &str = "purchase";
const DELIVERY: &str = "delivery";
const TOLD: &str = "told";
/// The field that says that a delivery is over.
const OVER: &str = "over";

fn key(subject: &str, part: &str) -> String {
    format!("{subject}/{part}")
}

/// The parts of an order but one. What was written last comes back with that; all else is read afterwards, so that of two who write at the
/// same time at least one sees all.
fn parts_but(written: Option<&'static str>) -> impl Iterator<Item = &'static str> {
    [PURCHASE, DELIVERY, TOLD].into_iter().filter(move |part| Some(*part) != written)
}

/// The filter for the entry of a delivery among those under way, if it has ended. For one of anything else than the `_id` some servers read
/// all that are under way.
fn ended(known: &Facts) -> Option<Document> {
    let delivering = known.delivering.as_ref().filter(|_| known.has_ended())?;
    Some(doc! {"_id": &delivering.delivery})
}

/// The fields of the kinds of one half.
fn of_kinds(facts: &Facts, of_delivery: bool) -> Document {
    let kinds = facts.kinds.iter().filter(|kind| kind.is_of_delivery() == of_delivery);
    kinds.map(|kind| (due_field(*kind), Bson::Boolean(true))).collect()
}

/// The fields that a purchase and its invoice set. None is ever removed.
fn of_purchase(facts: &Facts) -> Document {
    let mut set = of_kinds(facts, false);
    if let Some(Bought { customer, language, total_cents, at }) = &facts.bought {
        set.extend(doc! {
            "customer": customer.to_string(),
            "language": language_name(*language),
            "totalCents": total_cents,
            "madeAt": at,
        });
    }
    if let Some(Invoice { number }) = &facts.invoice {
        set.insert("number", i64::from(*number));
    }
    set
}

/// The fields that a plan and its states set. None is ever removed.
fn of_delivery(facts: &Facts) -> Document {
    let mut set = of_kinds(facts, true);
    if let Some(Delivering { delivery, client, namespace, name, at }) = &facts.delivering {
        let client = client.to_string();
        set.extend(
            doc! {"delivery": delivery, "client": client, "namespace": namespace, "name": name, "acceptedAt": at},
        );
    }
    set
}

/// The fields that say what was told.
fn of_told(kinds: &Kinds, is_over: bool) -> Document {
    let mut set: Document = kinds.iter().map(|kind| (told_field(*kind), Bson::Boolean(true))).collect();
    if is_over {
        set.insert(OVER, true);
    }
    set
}

/// Reads an order from its documents, which have no field in common.
fn order(documents: &[Document]) -> Order {
    let whole: Document =
        documents.iter().flat_map(Document::iter).map(|(key, value)| (key.clone(), value.clone())).collect();
    let is_told = |kind: &Kind| whole.get_bool(told_field(*kind)).unwrap_or(false);
    Order {
        facts: facts(&whole),
        told: Kind::ALL.into_iter().filter(is_told).collect(),
        is_over: whole.get_bool(OVER).unwrap_or(false),
    }
}

/// Reads the facts of both halves.
fn facts(document: &Document) -> Facts {
    let text = |name: &str| document.get_str(name).ok();
    // What earlier releases have kept has no times.
    let time = |name: &str| document.get_i64(name).unwrap_or_default();
    let id = |name: &'static str| RecipientId::read(name, text(name)?).ok();
    let bought = || {
        let language: Language = text("language").map(language).unwrap_or_default();
        let total_cents = document.get_i64("totalCents").ok()?;
        Some(Bought { customer: id("customer")?, language, total_cents, at: time("madeAt") })
    };
    let delivering = || {
        let [delivery, namespace, name] = ["delivery", "namespace", "name"].map(|name| text(name).map(str::to_owned));
        let (client, at) = (id("client")?, time("acceptedAt"));
        Some(Delivering { delivery: delivery?, client, namespace: namespace?, name: name?, at })
    };
    let number = document.get_i64("number").ok().and_then(|number| u32::try_from(number).ok());
    let is_due = |kind: &Kind| document.get_bool(due_field(*kind)).unwrap_or(false);
    Facts {
        bought: bought(),
        invoice: number.map(|number| Invoice { number }),
        delivering: delivering(),
        kinds: Kind::ALL.into_iter().filter(is_due).collect(),
    }
}

/// What was told of it is not known: it is kept and found again with its records.
fn under_way(document: &Document) -> Option<UnderWay> {
    let text = |name: &str| document.get_str(name).ok().map(str::to_owned);
    Some(UnderWay { delivery: text("_id")?, subject: text("subject")?, told: Kinds::new() })
}

/// The field that says that a kind was told by a record.
fn due_field(kind: Kind) -> String {
    format!("due-{}", kind.name())
}

/// The field that says that a kind was told to the customer.
fn told_field(kind: Kind) -> String {
    format!("told-{}", kind.name())
}

#[cfg(test)]
#[path = "tests/kept.rs"]
mod tests;
