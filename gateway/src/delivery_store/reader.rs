//! Asks `MongoDB` for what is past. A question that it does not answer soon is given up; the stream never waits for it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_messages::Route;
use futures::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, IndexOptions};
use mongodb::{Client, Database, IndexModel};
use serde::Serialize;
use tokio::time::timeout;

use super::documents;
use super::statements::{DELIVERIES, ROUTES};
use crate::config::MongodbConfig;
use crate::http::listing::Query;
use crate::model::delivery::Delivery;

/// How long a person waits for the history.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Whether the history can be asked, as `GET /deliveries` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It answers.
    Available,
    /// `MongoDB` is away.
    Unavailable,
    /// There is none in this installation.
    Off,
}

/// Why the history has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file with the connection string cannot be read.
    #[error("The file {} that mongodb.uriFile names cannot be read: {source}.", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `MongoDB` refuses, or the connection string is no good.
    #[error("MongoDB does not serve the history: {0}.")]
    Mongodb(#[from] mongodb::error::Error),
    /// `MongoDB` is away.
    #[error("MongoDB, which holds the history, does not answer; what is under way is not affected. Try again later.")]
    Away,
}

/// The history.
#[derive(Debug)]
pub struct History {
    database: Database,
    up: AtomicBool,
}

impl History {
    /// The history of a configuration. `MongoDB` need not be there yet.
    ///
    /// # Errors
    /// When the file with the connection string cannot be read, or holds none.
    pub async fn open(config: &MongodbConfig) -> Result<Self, HistoryError> {
        let path = config.uri_file.clone();
        let uri = tokio::fs::read_to_string(&path).await.map_err(|source| HistoryError::Secret { path, source })?;
        let mut options = ClientOptions::parse(uri.trim()).await?;
        options.app_name.get_or_insert_with(|| "code-delivery-gateway".to_owned());
        options.server_selection_timeout = Some(TIME_LIMIT);
        options.connect_timeout.get_or_insert(TIME_LIMIT);
        options.max_pool_size.get_or_insert(10);
        let client = Client::with_options(options)?;
        let database = client.default_database().unwrap_or_else(|| client.database(&config.database));
        Ok(Self { database, up: AtomicBool::new(true) })
    }

    /// The database, for the writer.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Whether it answered when it was last asked.
    #[must_use]
    pub fn state(&self) -> State {
        if self.up.load(Ordering::Relaxed) { State::Available } else { State::Unavailable }
    }

    /// Asks whether `MongoDB` is there, and remembers it.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn ping(&self) -> Result<(), HistoryError> {
        let answer = limited(self.database.run_command(doc! {"ping": 1})).await;
        self.up.store(answer.is_ok(), Ordering::Relaxed);
        answer.map(drop)
    }

    /// Makes sure that past deliveries are found by their order, all of them and those of a courier.
    ///
    /// # Errors
    /// When `MongoDB` is away or refuses.
    pub async fn prepare(&self) -> Result<(), HistoryError> {
        for (name, keys) in [("newest-first", documents::order()), ("by-courier", documents::order_by_courier())] {
            let options = IndexOptions::builder().name(name.to_owned()).build();
            let index = IndexModel::builder().keys(keys).options(options).build();
            limited(self.database.collection::<Document>(DELIVERIES).create_index(index)).await?;
        }
        Ok(())
    }

    /// At least one past delivery more than a page holds, when there are so many.
    ///
    /// # Errors
    /// When `MongoDB` is away.
    pub async fn past(&self, query: &Query) -> Result<Vec<Delivery>, HistoryError> {
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
        let deliveries = self.database.collection::<Document>(DELIVERIES);
        let documents: Vec<Document> = self
            .ask(async {
                deliveries.find(documents::past(query)).sort(documents::order()).limit(limit).await?.try_collect().await
            })
            .await?;
        Ok(documents.iter().filter_map(documents::delivery).collect())
    }

    /// A delivery.
    ///
    /// # Errors
    /// When `MongoDB` is away.
    pub async fn delivery(&self, id: &str) -> Result<Option<Delivery>, HistoryError> {
        Ok(self.one(DELIVERIES, id).await?.as_ref().and_then(documents::delivery))
    }

    /// A revision of a route by its key.
    ///
    /// # Errors
    /// When `MongoDB` is away.
    pub async fn route(&self, key: &str) -> Result<Option<Route>, HistoryError> {
        Ok(self.one(ROUTES, key).await?.as_ref().and_then(documents::route))
    }

    async fn one(&self, collection: &str, id: &str) -> Result<Option<Document>, HistoryError> {
        let collection = self.database.collection::<Document>(collection);
        self.ask(async { collection.find_one(doc! {"_id": id}).await }).await
    }

    /// Asks only when the last ping was answered, so that a page does not wait for a server that is away.
    async fn ask<T>(&self, question: impl Future<Output = mongodb::error::Result<T>>) -> Result<T, HistoryError> {
        if self.state() != State::Available {
            return Err(HistoryError::Away);
        }
        limited(question).await.inspect_err(|error| tracing::warn!(%error, "The history was asked in vain."))
    }
}

async fn limited<T>(question: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T, HistoryError> {
    match timeout(TIME_LIMIT, question.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => match *error.kind {
            mongodb::error::ErrorKind::ServerSelection { .. } | mongodb::error::ErrorKind::Io(_) => {
                Err(HistoryError::Away)
            }
            _ => Err(error.into()),
        },
        Err(_) => Err(HistoryError::Away),
    }
}
