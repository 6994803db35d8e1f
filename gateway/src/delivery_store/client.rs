//! The connection to `MongoDB` and the queries for past deliveries. Each has a short time limit; the stream never waits for it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_messages::Route;
use delivery_observability::secrets::not_a_mongodb_uri;
use futures::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{ClientOptions, IndexOptions};
use mongodb::{Client, Database, IndexModel};
use serde::Serialize;
use tokio::time::timeout;

use super::listing::ListingQuery;
use super::queries;
use super::statements::{DELIVERIES, ROUTES, Updates};
use crate::config::MongodbConfig;
use crate::model::delivery::Delivery;

/// The time limit of a query.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Whether the delivery store can be queried, as `GET /deliveries` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Availability {
    Available,
    /// It does not respond.
    Unavailable,
    /// None is configured.
    Off,
}

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file with the connection string cannot be read.
    #[error("The file {} that mongodb.uriFile names cannot be read: {source}.", path.display())]
    Secret { path: PathBuf, source: std::io::Error },
    /// It is not a connection string; what is wrong with it might quote a password.
    #[error("{0}")]
    Uri(String),
    /// `MongoDB` reports an error.
    #[error("MongoDB, the delivery store, returned an error: {0}.")]
    Mongodb(#[from] mongodb::error::Error),
    /// `MongoDB` does not respond.
    #[error("MongoDB, the delivery store, does not respond. Live deliveries are not affected. Try again later.")]
    Unavailable,
}

#[derive(Debug)]
pub(crate) struct DeliveryStore {
    database: Database,
    available: AtomicBool,
    updates_in_steps: AtomicBool,
}

impl DeliveryStore {
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
        options.app_name.get_or_insert_with(|| "code-delivery-gateway".to_owned());
        options.server_selection_timeout = Some(TIME_LIMIT);
        options.connect_timeout.get_or_insert(TIME_LIMIT);
        options.max_pool_size.get_or_insert(10);
        let client = Client::with_options(options)?;
        let database = client.default_database().unwrap_or_else(|| client.database(&config.database));
        Ok(Self { database, available: AtomicBool::new(true), updates_in_steps: AtomicBool::new(false) })
    }

    /// The database, for the writer.
    #[must_use]
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// How the server updates, as it said when the store was prepared.
    #[must_use]
    pub(crate) fn updates(&self) -> Updates {
        if self.updates_in_steps.load(Ordering::Relaxed) { Updates::InSteps } else { Updates::Atomic }
    }

    /// The result of the last ping.
    #[must_use]
    pub(crate) fn state(&self) -> Availability {
        if self.available.load(Ordering::Relaxed) { Availability::Available } else { Availability::Unavailable }
    }

    /// Checks that `MongoDB` responds, and remembers the result.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let answer = limited(self.database.run_command(doc! {"ping": 1})).await;
        self.available.store(answer.is_ok(), Ordering::Relaxed);
        answer.map(drop)
    }

    /// Asks the server how it updates, and creates the indexes for listing past deliveries, all of them and by courier.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn prepare(&self) -> Result<(), StoreError> {
        let build = limited(self.database.run_command(doc! {"buildInfo": 1})).await?;
        self.updates_in_steps.store(Updates::of(&build) == Updates::InSteps, Ordering::Relaxed);
        let indexes = [
            ("newest-first", queries::order()),
            ("by-courier", queries::order_by_courier()),
            ("by-name", queries::order_by_name()),
        ];
        for (name, keys) in indexes {
            let options = IndexOptions::builder().name(name.to_owned()).build();
            let index = IndexModel::builder().keys(keys).options(options).build();
            limited(self.database.collection::<Document>(DELIVERIES).create_index(index)).await?;
        }
        Ok(())
    }

    /// Past deliveries of a page, and one more if there are more.
    ///
    /// # Errors
    /// When `MongoDB` does not respond.
    pub(crate) async fn past(&self, query: &ListingQuery) -> Result<Vec<Delivery>, StoreError> {
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
        let deliveries = self.database.collection::<Document>(DELIVERIES);
        let documents: Vec<Document> = self
            .ask(async {
                deliveries.find(queries::past(query)).sort(queries::order()).limit(limit).await?.try_collect().await
            })
            .await?;
        Ok(documents.iter().filter_map(queries::delivery).collect())
    }

    /// A delivery.
    ///
    /// # Errors
    /// When `MongoDB` does not respond.
    pub(crate) async fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        Ok(self.one(DELIVERIES, id).await?.as_ref().and_then(queries::delivery))
    }

    /// A revision of a route by its key.
    ///
    /// # Errors
    /// When `MongoDB` does not respond.
    pub(crate) async fn route(&self, key: &str) -> Result<Option<Route>, StoreError> {
        Ok(self.one(ROUTES, key).await?.as_ref().and_then(queries::route))
    }

    async fn one(&self, collection: &str, id: &str) -> Result<Option<Document>, StoreError> {
        let collection = self.database.collection::<Document>(collection);
        self.ask(async { collection.find_one(doc! {"_id": id}).await }).await
    }

    /// Runs a query only when the last ping succeeded, so that no request waits for a server that is known to be away.
    async fn ask<T>(&self, query: impl Future<Output = mongodb::error::Result<T>>) -> Result<T, StoreError> {
        if self.state() != Availability::Available {
            return Err(StoreError::Unavailable);
        }
        limited(query).await.inspect_err(|error| tracing::warn!(%error, "A MongoDB query failed."))
    }
}

async fn limited<T>(query: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T, StoreError> {
    match timeout(TIME_LIMIT, query.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => match *error.kind {
            mongodb::error::ErrorKind::ServerSelection { .. } | mongodb::error::ErrorKind::Io(_) => {
                Err(StoreError::Unavailable)
            }
            _ => Err(error.into()),
        },
        Err(_) => Err(StoreError::Unavailable),
    }
}

#[cfg(test)]
#[path = "tests/client.rs"]
mod tests;
