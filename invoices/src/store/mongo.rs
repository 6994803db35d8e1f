//! The way to `MongoDB`, or a server that speaks its protocol, and its commands within limits. What the port does with them is left to
//! [`super::operations`].

use std::time::Duration;

use delivery_messages::Millis;
use delivery_observability::secrets::not_a_mongodb_uri;
use futures::TryStreamExt;
use futures::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{ClientOptions, IndexOptions};
use mongodb::{Client, Collection, Database, IndexModel};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::documents::{self, Change, EMAILS, INVOICES, MAILS, Postponed, Queued};
use super::{EmailChange, StoreError};
use crate::config::MongodbConfig;
use crate::domain::email::Email;
use crate::domain::invoice::Invoice;

/// How long the server may take to be found.
const SELECTION_LIMIT: Duration = Duration::from_secs(2);
/// The time limit of an operation.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The maximum number of documents that one command changes. `FerretDB` 1 keeps one of its hundred storage connections for each update until the
/// command is over, and needs one more to write: commands that have all of them together wait for one another forever.
pub(super) const MAX_CHANGES: usize = 10;

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct MongoStore {
    pub(super) database: Database,
}

impl MongoStore {
    /// Opens the store of a configuration. `MongoDB` need not be reachable yet.
    ///
    /// # Errors
    /// When the file with the connection string cannot be read or parsed.
    pub(crate) async fn open(config: &MongodbConfig) -> Result<Self, StoreError> {
        let path = config.uri_file.clone();
        let uri = tokio::fs::read_to_string(&path)
            .await
            .map_err(|source| StoreError::Secret { path: path.clone(), source })?;
        let mut options = ClientOptions::parse(uri.trim()).await.map_err(|error| match *error.kind {
            ErrorKind::InvalidArgument { .. } => StoreError::Uri(not_a_mongodb_uri(&path)),
            _ => error.into(),
        })?;
        options.app_name.get_or_insert_with(|| "code-delivery-invoices".to_owned());
        options.server_selection_timeout = Some(SELECTION_LIMIT);
        options.connect_timeout.get_or_insert(SELECTION_LIMIT);
        options.max_pool_size.get_or_insert(10);
        let client = Client::with_options(options)?;
        let database = client.default_database().unwrap_or_else(|| client.database(&config.database));
        Ok(Self { database })
    }

    /// The database, for tests.
    #[cfg(test)]
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// Creates the indexes: each number once, and the orders of the lists and queues where the server has a use for them. A purchase has one
    /// invoice because its id is the invoice's.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn prepare(&self) -> Result<(), StoreError> {
        let build = limited(self.database.run_command(doc! {"buildInfo": 1})).await?;
        for (collection, name, keys, is_unique) in documents::indexes(&build) {
            let options = IndexOptions::builder().name(name.to_owned()).unique(is_unique.then_some(true)).build();
            let index = IndexModel::builder().keys(keys).options(options).build();
            limited(self.documents(collection).create_index(index)).await?;
        }
        Ok(())
    }

    pub(super) fn documents(&self, collection: &str) -> Collection<Document> {
        self.database.collection(collection)
    }

    pub(super) fn invoices(&self) -> Collection<Invoice> {
        self.database.collection(INVOICES)
    }

    /// Whether a purchase has an invoice.
    pub(super) async fn has(&self, id: &str) -> Result<Option<String>, StoreError> {
        let invoices = self.documents(INVOICES);
        let found = limited(invoices.find_one(doc! {"_id": id}).projection(doc! {"_id": 1})).await?;
        Ok(found.map(|_| id.to_owned()))
    }

    /// Adds the documents that are not there yet. After a collision they are added one by one, since some servers stop at the first even when
    /// the order does not matter. Whether none was there.
    pub(super) async fn add_absent<T: Serialize + Send + Sync>(
        &self,
        collection: &str,
        all: &[T],
    ) -> Result<bool, StoreError> {
        let collection = self.database.collection::<T>(collection);
        match limited(collection.insert_many(all).ordered(false)).await {
            Ok(_) => return Ok(true),
            Err(StoreError::Mongodb(error)) if documents::inserted(&error).is_some() => {}
            Err(error) => return Err(error),
        }
        for one in all {
            match limited(collection.insert_one(one)).await {
                Ok(_) => {}
                Err(StoreError::Mongodb(error)) if documents::inserted(&error).is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    pub(super) async fn find<T: DeserializeOwned + Send + Sync>(
        &self,
        collection: &str,
        filter: Document,
        order: Document,
        limit: usize,
    ) -> Result<Vec<T>, StoreError> {
        let collection = self.database.collection::<T>(collection);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        limited(async { collection.find(filter).sort(order).limit(limit).await?.try_collect().await }).await
    }

    /// Runs a command that changes documents.
    pub(super) async fn run(&self, command: Document) -> Result<(), StoreError> {
        let answer = limited(self.database.run_command(command)).await?;
        documents::refusal(&answer).map_or(Ok(()), |reason| Err(StoreError::Refused(reason)))
    }

    pub(super) async fn remove(&self, collection: &str, ids: &[&str]) -> Result<(), StoreError> {
        for ids in ids.chunks(MAX_CHANGES) {
            self.run(documents::remove(collection, ids)).await?;
        }
        Ok(())
    }

    pub(super) async fn postpone(&self, entries: &[Postponed<'_>]) -> Result<(), StoreError> {
        for entries in entries.chunks(MAX_CHANGES) {
            self.run(documents::postpone(entries)).await?;
        }
        Ok(())
    }

    /// An entry of the queue of e-mails.
    async fn queued(&self, id: &str) -> Result<Option<Queued>, StoreError> {
        let queue = self.database.collection::<Queued>(MAILS);
        limited(queue.find_one(doc! {"_id": id})).await
    }

    /// When to look at e-mails, of those entries of the queue that are still as they were read. Compared here: not every server finds a
    /// document by its `_id` and something else without reading the whole collection. One that is changed in between is looked at when it
    /// need not be, or as late as this says.
    pub(super) async fn unchanged<'a>(
        &self,
        entries: Vec<(&'a Queued, Millis)>,
    ) -> Result<Vec<Postponed<'a>>, StoreError> {
        let found = try_join_all(entries.iter().map(|(entry, _)| self.queued(&entry.id))).await?;
        let all = entries.into_iter().zip(found);
        let same = all.filter(|((entry, _), found)| found.as_ref().is_some_and(|found| found.due_at == entry.due_at));
        Ok(same.map(|((entry, to), _)| (entry.id.as_str(), to)).collect())
    }

    /// Notes e-mails inside their invoices.
    pub(super) async fn note(&self, emails: &[(&str, &Email)]) -> Result<(), StoreError> {
        for emails in emails.chunks(MAX_CHANGES) {
            self.run(documents::note_emails(emails)?).await?;
        }
        Ok(())
    }

    /// An invoice with its e-mail as it is noted, which may be behind.
    pub(super) async fn noted(&self, id: &str) -> Result<Option<Invoice>, StoreError> {
        limited(self.invoices().find_one(doc! {"_id": id})).await
    }

    /// The change that follows a revision of an invoice's e-mail, if there is one.
    pub(super) async fn changed(&self, id: &str, from: i64) -> Result<Option<Email>, StoreError> {
        let changes = self.database.collection::<Change>(EMAILS);
        let found = limited(changes.find_one(doc! {"_id": documents::change_id(id, from)})).await?;
        Ok(found.map(|change| change.email))
    }

    /// Whether a change is the one that took effect.
    pub(super) async fn is_done(&self, change: &EmailChange) -> Result<bool, StoreError> {
        Ok(self.changed(&change.id, change.from).await?.is_some_and(|email| email == change.to))
    }
}

pub(super) async fn limited<T>(
    operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, StoreError> {
    match timeout(TIME_LIMIT, operation.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => match *error.kind {
            ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) => Err(StoreError::Unavailable),
            _ => Err(error.into()),
        },
        Err(_) => Err(StoreError::Unavailable),
    }
}

#[cfg(test)]
#[path = "tests/mongo.rs"]
mod tests;
