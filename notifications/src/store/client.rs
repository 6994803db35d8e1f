//! The connection to `MongoDB`, with a time limit for each question, and how its errors are told to the use cases.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use delivery_messages::Millis;
use delivery_observability::secrets::not_a_mongodb_uri;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{ClientOptions, IndexOptions};
use mongodb::{Client, Collection, Database, IndexModel};
use tokio::time::timeout;

use super::statements;
use super::watch::Watch;
use crate::config::MongodbConfig;
use crate::domain::repository::RepositoryError;

/// The time limit of a question.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The time limit of one for which some servers read all notifications that there are, and for which no client waits.
const SCAN_LIMIT: Duration = Duration::from_mins(1);
/// The maximum number of documents that one command removes. A server with few storage connections hangs on a hundred.
const MAX_REMOVED: usize = 50;
/// For how long to wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// The code of a duplicate key.
const DUPLICATE_KEY: i32 = 11_000;
/// The codes of errors of a server that is ending, or hands over to another one: they pass by themselves. They are those of the
/// specification "Retryable Writes" for drivers of `MongoDB`.
const PASSING: [i32; 12] = [6, 7, 89, 91, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436];
/// The collection of notifications.
const NOTIFICATIONS: &str = "notifications";
/// The collection of recipients.
const RECIPIENTS: &str = "recipients";
/// How far notifications are on their channels.
const CHANNELS: &str = "channels";
/// The marks of changes that are to be published.
const OUTBOX: &str = "outbox";
/// Up to when recipients are forgotten.
const ERASED: &str = "erased";
/// The mails that are to be sent, so that finding those that are due costs as much as they are.
const MAILS: &str = "mails";
/// The attempts to send mails that are under way.
const ATTEMPTS: &str = "attempts";

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The file with the connection string cannot be read.
    #[error("The file {} that mongodb.uriFile names cannot be read: {source}.", path.display())]
    Secret { path: PathBuf, source: std::io::Error },
    /// It is not a connection string; what is wrong with it might quote a password.
    #[error("{0}")]
    Uri(String),
    /// The client refuses the options of the connection string.
    #[error("The connection string in the file that mongodb.uriFile names cannot be used: {0}.")]
    Client(#[from] Error),
}

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    database: Database,
    /// The mails that other senders may be at.
    pub(super) watch: Arc<Watch>,
}

impl Store {
    /// Opens the store of a configuration. `MongoDB` need not be reachable yet.
    ///
    /// # Errors
    /// When the file with the connection string cannot be read or parsed.
    pub(crate) async fn open(config: &MongodbConfig) -> Result<Self, OpenError> {
        let path = config.uri_file.clone();
        let uri = tokio::fs::read_to_string(&path)
            .await
            .map_err(|source| OpenError::Secret { path: path.clone(), source })?;
        let mut options = ClientOptions::parse(uri.trim()).await.map_err(|error| match *error.kind {
            ErrorKind::InvalidArgument { .. } => OpenError::Uri(not_a_mongodb_uri(&path)),
            _ => error.into(),
        })?;
        options.app_name.get_or_insert_with(|| "code-delivery-notifications".to_owned());
        options.server_selection_timeout = Some(CONNECT_LIMIT);
        options.connect_timeout.get_or_insert(CONNECT_LIMIT);
        options.max_pool_size.get_or_insert(10);
        let client = Client::with_options(options)?;
        let database = client.default_database().unwrap_or_else(|| client.database(&config.database));
        Ok(Self { database, watch: Arc::default() })
    }

    /// A collection of the database.
    #[must_use]
    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// The notifications.
    #[must_use]
    pub(super) fn notifications(&self) -> Collection<Document> {
        self.collection(NOTIFICATIONS)
    }

    /// The recipients.
    #[must_use]
    pub(super) fn recipients(&self) -> Collection<Document> {
        self.collection(RECIPIENTS)
    }

    /// Up to when recipients are forgotten.
    #[must_use]
    pub(super) fn erased_recipients(&self) -> Collection<Document> {
        self.collection(ERASED)
    }

    /// How far notifications are on their channels.
    #[must_use]
    pub(super) fn channels(&self) -> Collection<Document> {
        self.collection(CHANNELS)
    }

    /// The marks of changes that are to be published.
    #[must_use]
    pub(super) fn outbox(&self) -> Collection<Document> {
        self.collection(OUTBOX)
    }

    /// The queue of mails that are to be sent.
    #[must_use]
    pub(super) fn mails(&self) -> Collection<Document> {
        self.collection(MAILS)
    }

    /// The attempts to send mails.
    #[must_use]
    pub(super) fn attempts(&self) -> Collection<Document> {
        self.collection(ATTEMPTS)
    }

    /// Checks that `MongoDB` responds.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) async fn ping(&self) -> Result<(), RepositoryError> {
        limited(self.database.run_command(doc! {"ping": 1})).await.map(drop)
    }

    /// The time of the server's own clock; none if it does not tell.
    ///
    /// # Errors
    /// When it does not respond.
    pub(crate) async fn time(&self) -> Result<Option<Millis>, RepositoryError> {
        let answer = limited(self.database.run_command(doc! {"hello": 1})).await?;
        Ok(answer.get_datetime("localTime").ok().map(|time| time.timestamp_millis()))
    }

    /// Creates the indexes that the server has a use for: of a recipient's notifications, and of what is to be done.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn prepare(&self) -> Result<(), RepositoryError> {
        let build = limited(self.database.run_command(doc! {"buildInfo": 1})).await?;
        for (collection, name, keys) in indexes(&build) {
            let options = IndexOptions::builder().name(name.to_owned()).build();
            let index = IndexModel::builder().keys(keys).options(options).build();
            limited(self.collection(collection).create_index(index)).await?;
        }
        Ok(())
    }

    /// How many documents of the notifications a filter finds.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(super) async fn counted(&self, filter: Document) -> Result<u64, RepositoryError> {
        let answer = limited(self.database.run_command(doc! {"count": NOTIFICATIONS, "query": filter})).await?;
        Ok(super::documents::count(&answer, "n"))
    }

    /// Removes documents by their ids, in a statement each: for several ids in one, some servers read the whole collection.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(super) async fn delete(&self, from: &Collection<Document>, ids: &[String]) -> Result<(), RepositoryError> {
        for ids in ids.chunks(MAX_REMOVED) {
            let answer = limited(self.database.run_command(statements::deletion(from.name(), ids))).await?;
            if let Ok(errors) = answer.get_array("writeErrors") {
                return Err(RepositoryError::Refused(format!("{errors:?}")));
            }
        }
        Ok(())
    }

    /// Drops the database of a test.
    #[cfg(test)]
    pub(crate) async fn drop_database(&self) {
        self.database.run_command(doc! {"dropDatabase": 1}).await.unwrap();
    }
}

/// The indexes that a server has a use for, by its reply to `buildInfo`: a collection, a name and the keys of each. `FerretDB` 1 reads none of
/// them for any query, and maintains each with every write.
fn indexes(build: &Document) -> Vec<(&'static str, &'static str, Document)> {
    // FerretDB 2, which reads them, has a field of another name.
    if build.contains_key("ferretdbVersion") {
        return Vec::new();
    }
    let mut by_recipient = doc! {"recipientId": 1};
    by_recipient.extend(statements::order());
    vec![
        (NOTIFICATIONS, "by-recipient", by_recipient),
        (NOTIFICATIONS, "oldest-first", doc! {"createdAt": 1}),
        (MAILS, "due", doc! {"due": 1}),
        (OUTBOX, "oldest-first", doc! {"at": 1}),
    ]
}

/// Waits for an answer, for as long as one may take.
///
/// # Errors
/// When there is none, or it is an error.
pub(crate) async fn limited<T>(
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, RepositoryError> {
    within(TIME_LIMIT, question).await
}

/// The same for a question for which a server may have to read everything.
///
/// # Errors
/// As [`limited`].
pub(super) async fn scanned<T>(
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, RepositoryError> {
    within(SCAN_LIMIT, question).await
}

async fn within<T>(
    limit: Duration,
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, RepositoryError> {
    match timeout(limit, question.into_future()).await {
        Ok(answer) => answer.map_err(|error| told(&error)),
        Err(_) => Err(RepositoryError::Unavailable),
    }
}

/// The same for a write: none when its document is there already, or another one in its place.
///
/// # Errors
/// When there is no answer, or it is another error.
pub(crate) async fn unless_there<T>(
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<Option<T>, RepositoryError> {
    match timeout(TIME_LIMIT, question.into_future()).await {
        Ok(Ok(answer)) => Ok(Some(answer)),
        Ok(Err(error)) if is_duplicate(&error) => Ok(None),
        Ok(Err(error)) => Err(told(&error)),
        Err(_) => Err(RepositoryError::Unavailable),
    }
}

fn is_duplicate(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(refused)) => refused.code == DUPLICATE_KEY,
        ErrorKind::Command(refused) => refused.code == DUPLICATE_KEY,
        _ => false,
    }
}

fn is_passing(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::Command(refused) => PASSING.contains(&refused.code),
        ErrorKind::Write(WriteFailure::WriteError(refused)) => PASSING.contains(&refused.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(refused)) => PASSING.contains(&refused.code),
        _ => false,
    }
}

fn told(error: &Error) -> RepositoryError {
    let is_refusal = matches!(
        &*error.kind,
        ErrorKind::Write(_) | ErrorKind::Command(_) | ErrorKind::Bson(_) | ErrorKind::InvalidArgument { .. }
    );
    if is_refusal && !is_passing(error) {
        return RepositoryError::Refused(error.to_string());
    }
    tracing::debug!(%error, "MongoDB does not answer.");
    RepositoryError::Unavailable
}

#[cfg(test)]
#[path = "tests/client.rs"]
mod tests;
