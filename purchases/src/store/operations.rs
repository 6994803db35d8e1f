//! The operations of the port, by the commands of [`super::mongo`] on the documents of [`super::documents`].

use std::collections::HashMap;

use delivery_messages::Millis;
use futures::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::documents::{self, DECISIONS, ERASED, LOG, PURCHASES, TERMS, UNDER_WAY};
use super::listing::ListingQuery;
use super::mongo::{MongoStore, SCAN_LIMIT, TIME_LIMIT, limited, of};
use super::port::{Insertion, Store, StoreError, Term};
use crate::domain::decision::Decision;
use crate::domain::purchase::Purchase;

/// How many purchases are forgotten at a time.
const TO_FORGET: usize = 50;

impl Store for MongoStore {
    async fn insert(&self, purchases: &[Purchase]) -> Result<Vec<Insertion>, StoreError> {
        let documents: Vec<Document> = purchases.iter().map(documents::of_purchase).collect();
        let known = self.insert_new(PURCHASES, documents).await?;
        let insertion = |place| if known.contains(&place) { Insertion::Known } else { Insertion::Stored };
        Ok((0..purchases.len()).map(insertion).collect())
    }

    async fn note_under_way(&self, purchases: &[Purchase]) -> Result<(), StoreError> {
        self.insert_new(UNDER_WAY, purchases.iter().map(documents::of_purchase).collect()).await.map(drop)
    }

    async fn find(&self, id: &str) -> Result<Option<Purchase>, StoreError> {
        let found = self.by_id(PURCHASES, id).await?;
        Ok(found.as_ref().and_then(documents::purchase))
    }

    async fn list(&self, query: &ListingQuery) -> Result<Vec<Purchase>, StoreError> {
        let (filter, order) = (documents::page(query), documents::newest_first());
        let found = self.documents(PURCHASES, filter, order, query.limit.saturating_add(1), TIME_LIMIT).await?;
        Ok(found.iter().filter_map(documents::purchase).collect())
    }

    async fn under_way(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let list = self.collection(UNDER_WAY);
        let found: Vec<Document> = limited(async {
            // What it is sorted by has to be there, too: not every server sorts before it leaves fields out.
            let query = list.find(doc! {}).projection(doc! {"_id": 1, "createdAt": 1});
            query.sort(documents::oldest_first()).limit(limit).await?.try_collect().await
        })
        .await?;
        Ok(found.iter().filter_map(|document| document.get_str("_id").ok().map(str::to_owned)).collect())
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Purchase>, StoreError> {
        let found = self.by_ids(UNDER_WAY, ids).await?;
        Ok(found.iter().filter_map(documents::purchase).collect())
    }

    async fn open(&self, limit: usize) -> Result<Vec<Purchase>, StoreError> {
        let order = documents::approved_first();
        let found = self.documents(PURCHASES, documents::open(), order, limit, SCAN_LIMIT).await?;
        Ok(found.iter().filter_map(documents::purchase).collect())
    }

    async fn decisions(&self, ids: &[String]) -> Result<Vec<Decision>, StoreError> {
        // There are as many as purchases.
        let found = self.one_by_one(DECISIONS, ids).await?;
        Ok(found.iter().filter_map(documents::decision).collect())
    }

    async fn decide(&self, decisions: &[Decision]) -> Result<Vec<Decision>, StoreError> {
        let known = self.insert_new(DECISIONS, decisions.iter().map(documents::of_decision).collect()).await?;
        let (mut ours, mut earlier) = (Vec::with_capacity(decisions.len()), Vec::new());
        for (place, decision) in decisions.iter().enumerate() {
            if known.contains(&place) {
                earlier.push(decision.purchase_id.clone());
            } else {
                ours.push(decision.clone());
            }
        }
        ours.extend(self.decisions(&earlier).await?);
        Ok(ours)
    }

    async fn apply(&self, decisions: &[Decision]) -> Result<(), StoreError> {
        self.update(PURCHASES, &decisions.iter().map(documents::applied).collect::<Vec<_>>()).await
    }

    async fn note_published(&self, ids: &[String], at: Millis) -> Result<(), StoreError> {
        self.update(PURCHASES, &ids.iter().map(|id| documents::published(id, at)).collect::<Vec<_>>()).await
    }

    async fn newest_approval(&self) -> Result<Option<Millis>, StoreError> {
        let filter = documents::published_after(i64::MIN);
        let found = self.documents(PURCHASES, filter, doc! {"sequence": -1}, 1, SCAN_LIMIT).await?;
        Ok(found.first().and_then(documents::purchase).and_then(|purchase| purchase.approved_at))
    }

    async fn published_since(&self, since: Millis, after: i64, limit: usize) -> Result<Vec<Purchase>, StoreError> {
        let mut filter = documents::published_after(after);
        filter.insert("approvedAt", doc! {"$gte": since});
        let found = self.documents(PURCHASES, filter, doc! {"sequence": 1}, limit, SCAN_LIMIT).await?;
        Ok(found.iter().filter_map(documents::purchase).collect())
    }

    async fn log_id(&self) -> Result<Option<String>, StoreError> {
        let found = limited(self.collection(LOG).find_one(documents::log())).await?;
        Ok(found.and_then(|document| document.get_str("topicId").ok().map(str::to_owned)))
    }

    async fn note_log_id(&self, id: &str) -> Result<(), StoreError> {
        self.update(LOG, &[documents::of_log(id)]).await
    }

    async fn settle(&self, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        limited(self.collection(UNDER_WAY).delete_many(of(ids))).await.map(drop)
    }

    async fn note_erased(&self, customer: &str, at: Millis) -> Result<(), StoreError> {
        // One process at a time reads the erasures of a customer, in their order.
        let known = self.erased(&[customer.to_owned()]).await?;
        if known.get(customer).is_some_and(|known| *known >= at) {
            return Ok(());
        }
        self.update(ERASED, &[documents::of_erased(customer, at)]).await
    }

    async fn erased(&self, customers: &[String]) -> Result<HashMap<String, Millis>, StoreError> {
        let found = self.by_ids(ERASED, customers).await?;
        Ok(found.iter().filter_map(documents::erased).collect())
    }

    async fn forget(&self, customer: &str, until: Millis) -> Result<(), StoreError> {
        loop {
            let filter = documents::to_forget(customer, until);
            let found = self.documents(PURCHASES, filter, documents::oldest_first(), TO_FORGET, SCAN_LIMIT).await?;
            let statements: Vec<Document> =
                found.iter().filter_map(|document| documents::forgotten(document, until)).collect();
            if statements.is_empty() {
                return Ok(());
            }
            self.update(PURCHASES, &statements).await?;
        }
    }

    async fn newest_term(&self) -> Result<Option<Term>, StoreError> {
        let found = self.documents(TERMS, doc! {}, doc! {"_id": -1}, 1, TIME_LIMIT).await?;
        Ok(found.first().and_then(documents::term))
    }

    async fn begin_term(&self, term: &Term) -> Result<bool, StoreError> {
        let known = self.insert_new(TERMS, vec![documents::of_term(term)]).await?;
        if !known.is_empty() {
            return Ok(false);
        }
        let older = doc! {"_id": {"$lt": documents::term_id(term.number)}};
        if let Err(error) = limited(self.collection(TERMS).delete_many(older)).await {
            tracing::debug!(%error, "The documents of earlier terms are left for the next one to delete.");
        }
        Ok(true)
    }

    async fn note_term(&self, term: &Term) -> Result<(), StoreError> {
        let change = doc! {"$set": {"beats": term.beats, "isOver": term.is_over}};
        self.update(TERMS, &[doc! {"q": {"_id": documents::term_id(term.number)}, "u": change}]).await
    }
}
