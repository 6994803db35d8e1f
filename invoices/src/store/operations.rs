//! The operations of the port, by the commands of [`super::mongo`] on the documents of [`super::documents`].

use std::collections::{HashMap, HashSet};

use delivery_messages::Millis;
use futures::future::try_join_all;
use mongodb::bson::{Document, doc};

use super::documents::{
    self, Change, EMAILS, ERASED, INVOICES, MAILS, NOT_YET, OUTBOX, Postponed, Queued, SERIES, series_id,
};
use super::mongo::{MAX_CHANGES, MongoStore, limited};
use super::{EmailChange, Outgoing, Store, StoreError};
use crate::domain::email::{Email, EmailState, is_due};
use crate::domain::invoice::Invoice;
use crate::domain::page::PageQuery;

impl Store for MongoStore {
    async fn last(&self, series: u32, is_exact: bool) -> Result<u32, StoreError> {
        let noted = limited(self.documents(SERIES).find_one(doc! {"_id": series_id(series)})).await?;
        let noted = noted.and_then(|document| u32::try_from(document.get_i64("last").ok()?).ok());
        if let Some(noted) = noted.filter(|_| !is_exact) {
            return Ok(noted);
        }
        let newest: Vec<Invoice> =
            self.find(INVOICES, doc! {"series": i64::from(series)}, doc! {"number": -1}, 1).await?;
        Ok(newest.first().map_or(0, |invoice| invoice.number))
    }

    async fn note_last(&self, series: u32, last: u32) -> Result<(), StoreError> {
        let set = doc! {"$set": {"last": i64::from(last)}};
        let filter = doc! {"_id": series_id(series)};
        match limited(self.documents(SERIES).update_one(filter, set).upsert(true)).await {
            Ok(_) => Ok(()),
            // Another issuer has just made the document.
            Err(StoreError::Mongodb(error)) if documents::inserted(&error).is_some() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn known(&self, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        // One look-up each: not every server finds several ids without reading the whole collection.
        let found = try_join_all(ids.iter().map(|id| self.has(id))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn announce(&self, ids: &[String], now: Millis) -> Result<(), StoreError> {
        let queued: Vec<_> = ids.iter().map(|id| Queued { id: id.clone(), due_at: now }).collect();
        self.add_absent(OUTBOX, &queued).await?;
        self.add_absent(MAILS, &queued).await.map(drop)
    }

    async fn add(&self, invoices: &[Invoice]) -> Result<usize, StoreError> {
        if invoices.is_empty() {
            return Ok(0);
        }
        match limited(self.invoices().insert_many(invoices).ordered(true)).await {
            Ok(_) => Ok(invoices.len()),
            Err(StoreError::Mongodb(error)) => documents::inserted(&error).ok_or(StoreError::Mongodb(error)),
            Err(error) => Err(error),
        }
    }

    async fn unpublished(&self, announced_before: Millis, limit: usize) -> Result<Vec<Outgoing>, StoreError> {
        let queued: Vec<Queued> =
            self.find(OUTBOX, documents::due(announced_before - 1), doc! {"dueAt": 1}, limit).await?;
        let invoices = try_join_all(queued.iter().map(|entry| self.noted(&entry.id))).await?;
        let mut outgoing: Vec<Outgoing> = invoices.iter().flatten().map(Outgoing::of).collect();
        outgoing.sort_by_key(|outgoing| outgoing.message.number);
        Ok(outgoing)
    }

    async fn published(&self, ids: &[String]) -> Result<(), StoreError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        self.remove(OUTBOX, &ids).await
    }

    async fn due(&self, now: Millis, limit: usize) -> Result<Vec<Invoice>, StoreError> {
        let queued: Vec<Queued> = self.find(MAILS, documents::due(now), doc! {"dueAt": 1}, limit).await?;
        let invoices = try_join_all(queued.iter().map(|entry| self.invoice(&entry.id))).await?;
        let (mut due, mut settled, mut later) = (Vec::new(), Vec::new(), Vec::new());
        // A sender that was killed leaves entries that are not as their e-mails are; they must not be in the way of others.
        for (entry, invoice) in queued.iter().zip(invoices) {
            match invoice {
                Some(invoice) if invoice.email.is_settled() => settled.push(invoice),
                Some(invoice) if !is_due(invoice.email.due_at, now) => later.push((entry, invoice.email.due_at)),
                Some(invoice) => due.push(invoice),
                // Its issuer is at it, and will say so; noting that it is looked at later would cost more, and have the e-mail wait.
                None if documents::is_fresh(entry, now) => {}
                // Its issuer is slow, or was killed.
                None => later.push((entry, now.saturating_add(NOT_YET))),
            }
        }
        // Lists show what is noted, and nobody else looks at these any more.
        let noted: Vec<(&str, &Email)> = settled.iter().map(|invoice| (invoice.id.as_str(), &invoice.email)).collect();
        self.note(&noted).await?;
        let settled: Vec<&str> = settled.iter().map(|invoice| invoice.id.as_str()).collect();
        self.remove(MAILS, &settled).await?;
        self.postpone(&self.unchanged(later).await?).await?;
        Ok(due)
    }

    async fn change(&self, changes: &[EmailChange]) -> Result<Vec<bool>, StoreError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Change> = changes
            .iter()
            .map(|EmailChange { id, from, to }| Change { id: documents::change_id(id, *from), email: to.clone() })
            .collect();
        let effects = if self.add_absent(EMAILS, &rows).await? {
            vec![true; changes.len()]
        } else {
            try_join_all(changes.iter().map(|change| self.is_done(change))).await?
        };
        let done = changes.iter().zip(&effects).filter(|(_, effect)| **effect).map(|(change, _)| change);
        let done: Vec<&EmailChange> = done.collect();
        if done.is_empty() {
            return Ok(effects);
        }
        // That a sender is at it is not noted: it is so for a moment, and each note writes the whole invoice.
        let noted = done.iter().filter(|change| change.to.state != EmailState::Sending);
        let noted: Vec<(&str, &Email)> = noted.map(|change| (change.id.as_str(), &change.to)).collect();
        self.note(&noted).await?;
        let (settled, later): (Vec<&EmailChange>, Vec<_>) = done.into_iter().partition(|change| change.to.is_settled());
        let settled: Vec<&str> = settled.into_iter().map(|change| change.id.as_str()).collect();
        let later: Vec<Postponed<'_>> =
            later.into_iter().map(|change| (change.id.as_str(), change.to.due_at)).collect();
        self.remove(MAILS, &settled).await?;
        self.postpone(&later).await?;
        Ok(effects)
    }

    async fn note_erased(&self, customer: &str, at: Millis) -> Result<(), StoreError> {
        // One process at a time reads the erasures of a customer, in their order.
        let known = self.erased(&[customer.to_owned()]).await?;
        if known.get(customer).is_some_and(|known| *known >= at) {
            return Ok(());
        }
        let set = doc! {"$set": {"erasedAt": at}};
        let marks = self.documents(ERASED);
        limited(marks.update_one(doc! {"_id": customer}, set).upsert(true)).await.map(drop)
    }

    async fn erased(&self, customers: &[String]) -> Result<HashMap<String, Millis>, StoreError> {
        let filters = documents::by_ids(customers).into_iter();
        let found = filters.map(|filter| self.find::<Document>(ERASED, filter, doc! {"_id": 1}, customers.len()));
        let found: Vec<Document> = try_join_all(found).await?.into_iter().flatten().collect();
        let mark = |mark: &Document| Some((mark.get_str("_id").ok()?.to_owned(), mark.get_i64("erasedAt").ok()?));
        Ok(found.iter().filter_map(mark).collect())
    }

    async fn forget(&self, customer: &str, until: Millis) -> Result<(), StoreError> {
        loop {
            let filter = documents::to_forget(customer, until);
            let found: Vec<Invoice> = self.find(INVOICES, filter, doc! {"_id": 1}, MAX_CHANGES).await?;
            if found.is_empty() {
                return Ok(());
            }
            self.run(documents::forget(&found)?).await?;
        }
    }

    async fn waiting(&self) -> Result<u64, StoreError> {
        limited(self.documents(MAILS).estimated_document_count()).await
    }

    async fn invoice(&self, id: &str) -> Result<Option<Invoice>, StoreError> {
        let Some(mut invoice) = self.noted(id).await? else { return Ok(None) };
        // What is noted inside the invoice may be behind.
        while let Some(email) = self.changed(id, invoice.email.revision).await? {
            invoice.email = email;
        }
        Ok(Some(invoice))
    }

    async fn page(&self, query: &PageQuery) -> Result<Vec<Invoice>, StoreError> {
        self.find(INVOICES, documents::page(query), documents::order(), query.limit + 1).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        limited(self.database.run_command(doc! {"ping": 1})).await.map(drop)
    }
}
