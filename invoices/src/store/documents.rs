//! The commands and filters that are sent to `MongoDB`, and how its answers are read. Pure.
//!
//! Only what simple servers of its protocol do right: `FerretDB` 1 has no transactions; an update (and `findAndModify`) reads, compares and
//! writes in three steps, between which others may write; what is one step is an insertion into a unique index. And it looks up by an index only a
//! filter of the `_id` alone; any other one reads the whole collection. Hence:
//!
//! - whatever only one of several may do is an insertion: an invoice (`invoices`), and each change of an e-mail's state (`emails`, whose id is
//!   the invoice's and the revision that it changes);
//! - all else is a note that may be behind: the e-mail inside the invoice, and the last number (`series`);
//! - what is under way has small collections of its own: `outbox` for messages that are to be published, `mails` for e-mails that are not
//!   settled. Their documents are written before the invoice and removed after the work; the truth is elsewhere.

use delivery_messages::Millis;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use serde::{Deserialize, Serialize};

use crate::domain::email::{Email, FURTHEST};
use crate::domain::invoice::Invoice;
use crate::domain::page::{PageQuery, Place};

/// The collection of invoices.
pub(super) const INVOICES: &str = "invoices";
/// The collection of changes of e-mails, a document each, which is never changed itself.
pub(super) const EMAILS: &str = "emails";
/// The collection of series, a document each.
pub(super) const SERIES: &str = "series";
/// The collection of customers who are forgotten, by their ids.
pub(super) const ERASED: &str = "erased";
/// The collection of messages that are to be published.
pub(super) const OUTBOX: &str = "outbox";
/// The collection of e-mails that are not settled: the invoice's id, and when to look at it.
pub(super) const MAILS: &str = "mails";

const DUPLICATE_KEY: i32 = 11_000;
/// Up to so many ids are asked for one by one: not every server finds several at once without reading the whole collection.
const FEW: usize = 8;
/// When to look again for an invoice whose e-mail is in the queue already; sooner it is just being issued.
pub(super) const NOT_YET: Millis = 2_000;

/// A document of the outbox or of the queue of e-mails.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Queued {
    #[serde(rename = "_id")]
    pub id: String,
    pub due_at: Millis,
}

/// A document of the changes of e-mails.
#[derive(Serialize, Deserialize)]
pub(super) struct Change {
    #[serde(rename = "_id")]
    pub id: String,
    pub email: Email,
}

/// The id of a series' document.
pub(super) fn series_id(series: u32) -> String {
    format!("series-{series}")
}

/// The id of the change of an invoice's e-mail that follows a revision.
pub(super) fn change_id(id: &str, from: i64) -> String {
    format!("{id}/{from}")
}

/// The command that notes e-mails inside their invoices, each with the invoice's id.
pub(super) fn note_emails(emails: &[(&str, &Email)]) -> Result<Document, mongodb::bson::error::Error> {
    let updates: Result<Vec<Bson>, mongodb::bson::error::Error> = emails
        .iter()
        .map(|(id, email)| {
            let email = mongodb::bson::serialize_to_document(*email)?;
            Ok(Bson::from(doc! {"q": {"_id": *id}, "u": {"$set": {"email": email}}}))
        })
        .collect();
    Ok(doc! {"update": INVOICES, "updates": updates?, "ordered": false})
}

/// The filters that together find the documents with these ids in a short collection.
pub(super) fn by_ids(ids: &[String]) -> Vec<Document> {
    if ids.len() <= FEW {
        return ids.iter().map(|id| doc! {"_id": id}).collect();
    }
    vec![doc! {"_id": {"$in": ids.to_vec()}}]
}

/// Whether an entry of the queue of e-mails came due only now, so that its invoice may be about to be there.
pub(super) fn is_fresh(entry: &Queued, now: Millis) -> bool {
    // What a wrong clock has put off is due as well, and is not fresh.
    (0..NOT_YET).contains(&now.saturating_sub(entry.due_at))
}

/// The invoice's id, and when to look at its e-mail.
pub(super) type Postponed<'a> = (&'a str, Millis);

/// The filter for what is due in the outbox or in the queue of e-mails: see [`crate::domain::email::is_due`].
pub(super) fn due(now: Millis) -> Document {
    doc! {"$or": [{"dueAt": {"$lte": now}}, {"dueAt": {"$gt": now.saturating_add(FURTHEST)}}]}
}

/// The command that notes when to look at e-mails; settled ones are not in the queue any more, and stay out of it.
pub(super) fn postpone(entries: &[Postponed<'_>]) -> Document {
    let update = |(id, to): &Postponed<'_>| Bson::from(doc! {"q": {"_id": *id}, "u": {"$set": {"dueAt": *to}}});
    let updates: Vec<Bson> = entries.iter().map(update).collect();
    doc! {"update": MAILS, "updates": updates, "ordered": false}
}

/// The command that removes documents by their ids.
pub(super) fn remove(collection: &str, ids: &[&str]) -> Document {
    let deletes: Vec<Bson> = ids.iter().map(|id| Bson::from(doc! {"q": {"_id": *id}, "limit": 1})).collect();
    doc! {"delete": collection, "deletes": deletes, "ordered": false}
}

/// Why the server has refused a part of a command, if it has.
pub(super) fn refusal(answer: &Document) -> Option<String> {
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let first = errors.iter().find_map(Bson::as_document)?;
    Some(first.get_str("errmsg").unwrap_or("no reason given").to_owned())
}

/// The filter for a page of invoices.
pub(super) fn page(query: &PageQuery) -> Document {
    let mut filter = doc! {};
    if let Some(customer) = &query.customer_id {
        filter.insert("customer.id", customer);
    }
    if let Some(Place { issued_at, id }) = &query.after {
        let older = doc! {"issuedAt": {"$lt": issued_at}};
        let beside = doc! {"issuedAt": issued_at, "_id": {"$lt": id}};
        filter.insert("$or", vec![older, beside]);
    }
    filter
}

/// The filter for invoices of a customer, of purchases made up to a time, that still have the address.
pub(super) fn to_forget(customer: &str, until: Millis) -> Document {
    doc! {"customer.id": customer, "createdAt": {"$lte": until}, "customer.email": {"$ne": ""}}
}

/// The command that takes name and address out of invoices.
pub(super) fn forget(invoices: &[Invoice]) -> Result<Document, mongodb::bson::error::Error> {
    let updates: Result<Vec<Bson>, mongodb::bson::error::Error> = invoices
        .iter()
        .map(|invoice| {
            let customer = mongodb::bson::serialize_to_document(&invoice.customer.clone().forgotten())?;
            Ok(Bson::from(doc! {"q": {"_id": &invoice.id}, "u": {"$set": {"customer": customer}}}))
        })
        .collect();
    Ok(doc! {"update": INVOICES, "updates": updates?, "ordered": false})
}

/// The indexes that a server has a use for, by its reply to `buildInfo`: a collection, a name, the keys and whether they are unique, of each.
/// `FerretDB` 1 reads none of them for any query, and maintains each with every write; only what is unique is kept so there as well.
pub(super) fn indexes(build: &Document) -> Vec<(&'static str, &'static str, Document, bool)> {
    let mut indexes = vec![
        (INVOICES, "number", doc! {"series": 1, "number": 1}, true),
        (INVOICES, "newest-first", order(), false),
        (INVOICES, "by-customer", doc! {"customer.id": 1, "issuedAt": -1, "_id": -1}, false),
        (MAILS, "due", doc! {"dueAt": 1}, false),
    ];
    // FerretDB 2, which reads them, has a field of another name.
    if build.contains_key("ferretdbVersion") {
        indexes.retain(|(.., is_unique)| *is_unique);
    }
    indexes
}

/// The order of a page: the newest first.
pub(super) fn order() -> Document {
    doc! {"issuedAt": -1, "_id": -1}
}

/// How many documents of an ordered insertion were inserted before one was refused because a unique value of it is there; `None` for any
/// other error.
pub(super) fn inserted(error: &Error) -> Option<usize> {
    match error.kind.as_ref() {
        ErrorKind::InsertMany(error) => {
            let errors = error.write_errors.as_deref().unwrap_or_default();
            let is_other =
                error.write_concern_error.is_some() || errors.iter().any(|error| error.code != DUPLICATE_KEY);
            if is_other { None } else { errors.iter().map(|error| error.index).min() }
        }
        ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY => Some(0),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests/documents.rs"]
mod tests;
