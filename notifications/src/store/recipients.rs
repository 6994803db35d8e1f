//! The port for recipients, on `MongoDB`.
//!
//! What a recipient has chosen is marked as such, and a purchase does not write over it. A customer's purchases are read by one process, since
//! they are keyed by the customer, so that it may look first and write then.

use std::collections::BTreeMap;

use delivery_messages::Millis;
use futures::TryStreamExt;
use futures::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::options::ReturnDocument;

use super::client::{Store, limited};
use super::{documents, statements};
use crate::domain::ids::RecipientId;
use crate::domain::recipient::{Customer, Recipient};
use crate::domain::repository::{Recipients, RepositoryError};

impl Store {
    /// The marks that a filter finds of recipients who are forgotten.
    async fn marks(&self, filter: Document) -> Result<Vec<Document>, RepositoryError> {
        let marks = self.erased_recipients();
        limited(async { marks.find(filter).await?.try_collect().await }).await
    }
}

impl Recipients for Store {
    async fn recipient(&self, id: RecipientId) -> Result<Option<Recipient>, RepositoryError> {
        let found = limited(self.recipients().find_one(doc! {"_id": id.to_string()})).await?;
        Ok(found.as_ref().and_then(documents::recipient))
    }

    async fn choose(&self, chosen: &Recipient) -> Result<Recipient, RepositoryError> {
        let mut set = documents::of_recipient(chosen);
        set.insert("chosen", true);
        let (recipients, filter) = (self.recipients(), doc! {"_id": chosen.id.to_string()});
        let kept = recipients
            .find_one_and_update(filter, doc! {"$set": set})
            .upsert(true)
            .return_document(ReturnDocument::After);
        let kept = limited(kept).await?;
        Ok(kept.as_ref().and_then(documents::recipient).unwrap_or_else(|| chosen.clone()))
    }

    async fn bought(&self, customer: &Customer) -> Result<(), RepositoryError> {
        let (recipients, filter) = (self.recipients(), doc! {"_id": customer.id.to_string()});
        let known = limited(recipients.find_one(filter.clone())).await?;
        let Some(set) = news(known.as_ref(), customer) else { return Ok(()) };
        limited(recipients.update_one(filter, doc! {"$set": set}).upsert(true)).await.map(drop)
    }

    async fn erased(&self, ids: &[RecipientId]) -> Result<BTreeMap<RecipientId, Millis>, RepositoryError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = try_join_all(statements::by_ids(&ids).into_iter().map(|filter| self.marks(filter))).await?;
        Ok(found.iter().flatten().filter_map(mark).collect())
    }
}

/// Reads whose mark a document is, and up to when the recipient is forgotten.
fn mark(document: &Document) -> Option<(RecipientId, Millis)> {
    let id = RecipientId::read("_id", document.get_str("_id").ok()?).ok()?;
    Some((id, document.get_i64("erasedAt").ok()?))
}

/// What a purchase adds to what is known of its customer; none if that is nothing.
fn news(known: Option<&Document>, customer: &Customer) -> Option<Document> {
    if known.is_some_and(|known| known.get_bool("chosen").unwrap_or(false)) {
        let is_missing = known.is_some_and(|known| !known.contains_key("email"));
        let email = customer.email.as_ref().filter(|_| is_missing)?;
        return Some(doc! {"email": email.as_str()});
    }
    let newest = known.and_then(|known| known.get_i64("boughtAt").ok()).unwrap_or(Millis::MIN);
    if newest >= customer.at {
        return None;
    }
    let mut set = documents::of_recipient(&Recipient::of(customer));
    set.insert("boughtAt", customer.at);
    Some(set)
}
