//! A server that speaks `MongoDB`'s protocol: the way there, and its commands within limits. Which documents there are is left to
//! [`super::documents`], what the port does with them to [`super::operations`].

use std::collections::HashSet;
use std::time::Duration;

use delivery_observability::secrets::not_a_mongodb_uri;
use futures::TryStreamExt;
use futures::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClientOptions, IndexOptions};
use mongodb::{Client, Collection, Database, IndexModel};
use tokio::time::timeout;

use super::documents;
use super::port::StoreError;
use super::reply::{Reply, reply};
use crate::config::MongodbConfig;

/// The time limit of a command.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The time limit of one for which some servers read all purchases that there are, and for which no client waits.
pub(super) const SCAN_LIMIT: Duration = Duration::from_mins(1);
/// Up to so many ids are asked for one by one: not every server finds several at once without reading the whole collection.
const FEW: usize = 16;
/// How long a server may take to be found.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// The maximum number of updates in one command. `FerretDB` 1 keeps one of its hundred storage connections for each until the command is over, and
/// needs one more to write: commands that have all of them together wait for one another forever.
pub(super) const MAX_UPDATES: usize = 10;

/// The store in a database of its own.
#[derive(Clone, Debug)]
pub(crate) struct MongoStore {
    database: Database,
}

impl MongoStore {
    /// Connects to the store of a configuration. `MongoDB` need not be reachable yet.
    ///
    /// # Errors
    /// When the file with the connection string cannot be read or parsed.
    pub(crate) async fn connect(config: &MongodbConfig) -> Result<Self, StoreError> {
        let path = config.uri_file.clone();
        let uri = tokio::fs::read_to_string(&path)
            .await
            .map_err(|source| StoreError::Secret { path: path.clone(), source })?;
        let mut options = ClientOptions::parse(uri.trim()).await.map_err(|error| match *error.kind {
            ErrorKind::InvalidArgument { .. } => StoreError::Uri(not_a_mongodb_uri(&path)),
            _ => error.into(),
        })?;
        options.app_name.get_or_insert_with(|| "code-delivery-purchases".to_owned());
        options.server_selection_timeout = Some(CONNECT_LIMIT);
        options.connect_timeout.get_or_insert(CONNECT_LIMIT);
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

    /// Checks that `MongoDB` responds.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        limited(self.database.run_command(doc! {"ping": 1})).await.map(drop)
    }

    /// Creates the indexes that the server has a use for. Nothing is wrong without them, only slow.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn prepare(&self) -> Result<(), StoreError> {
        let build = limited(self.database.run_command(doc! {"buildInfo": 1})).await?;
        for (collection, name, keys) in documents::indexes(&build) {
            let options = IndexOptions::builder().name(name.to_owned()).build();
            let index = IndexModel::builder().keys(keys).options(options).build();
            limited(self.collection(collection).create_index(index)).await?;
        }
        Ok(())
    }

    pub(super) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// Inserts documents, each unless its id exists. The places of those whose ids do.
    pub(super) async fn insert_new(
        &self,
        collection: &str,
        documents: Vec<Document>,
    ) -> Result<HashSet<usize>, StoreError> {
        if documents.is_empty() {
            return Ok(HashSet::new());
        }
        let documents: Vec<Bson> = documents.into_iter().map(Bson::from).collect();
        // Not in order, so that one whose id exists does not keep the others out.
        let command = doc! {"insert": collection, "documents": documents, "ordered": false};
        match reply(&limited(self.database.run_command(command)).await?) {
            Reply::Done(known) => Ok(known.into_iter().collect()),
            Reply::Refused(reason) => Err(StoreError::Refused(reason)),
        }
    }

    /// Carries out updates.
    pub(super) async fn update(&self, collection: &str, statements: &[Document]) -> Result<(), StoreError> {
        for chunk in statements.chunks(MAX_UPDATES) {
            let updates: Vec<Bson> = chunk.iter().cloned().map(Bson::from).collect();
            let command = doc! {"update": collection, "updates": updates, "ordered": false};
            match reply(&limited(self.database.run_command(command)).await?) {
                Reply::Done(known) if known.is_empty() => {}
                Reply::Done(_) => return Err(StoreError::Refused("an update met an existing id".to_owned())),
                Reply::Refused(reason) => return Err(StoreError::Refused(reason)),
            }
        }
        Ok(())
    }

    /// The documents of a filter, in an order.
    pub(super) async fn documents(
        &self,
        collection: &str,
        filter: Document,
        order: Document,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<Document>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let collection = self.collection(collection);
        within(time, async { collection.find(filter).sort(order).limit(limit).await?.try_collect().await }).await
    }

    /// The document with this id, if there is one.
    pub(super) async fn by_id(&self, collection: &str, id: &str) -> Result<Option<Document>, StoreError> {
        limited(self.collection(collection).find_one(doc! {"_id": id})).await
    }

    /// The documents with these ids, of a collection of any size.
    pub(super) async fn one_by_one(&self, collection: &str, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(FEW) {
            let found = try_join_all(ids.iter().map(|id| self.by_id(collection, id))).await?;
            all.extend(found.into_iter().flatten());
        }
        Ok(all)
    }

    /// The documents with these ids, of a short collection.
    pub(super) async fn by_ids(&self, collection: &str, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        if ids.len() <= FEW {
            return self.one_by_one(collection, ids).await;
        }
        let collection = self.collection(collection);
        limited(async { collection.find(of(ids)).await?.try_collect().await }).await
    }
}

/// The filter for documents with these ids.
pub(super) fn of(ids: &[String]) -> Document {
    doc! {"_id": {"$in": ids.to_vec()}}
}

pub(super) async fn limited<T>(command: impl IntoFuture<Output = Result<T, Error>>) -> Result<T, StoreError> {
    within(TIME_LIMIT, command).await
}

async fn within<T>(time: Duration, command: impl IntoFuture<Output = Result<T, Error>>) -> Result<T, StoreError> {
    match timeout(time, command.into_future()).await {
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
