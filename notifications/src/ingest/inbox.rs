//! Serves the requests of a batch side by side, and commits the batch when every one of them is settled: done, or a dead letter.
//!
//! While the database or Kafka is away, requests are retried for as long as that takes. One that fails for a reason that may be its own is
//! given up after [`MAX_TRIES`] such failures, so that it stops nothing behind it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::records::dead_letter::MAX_HEADER;
use delivery_messages::records::text::cut;
use delivery_messages::{DeadLetter, Topic};
use delivery_observability::Heartbeat;
use delivery_observability::traces::Kind;
use futures::{StreamExt, stream};
use tokio::time::sleep;

use super::request::request;
use crate::domain::repository::{Notifications, Recipients, RepositoryError};
use crate::domain::use_cases::{Failure, Request, Sent, UseCases};
use crate::group::{Group, Record, Sharing, after};
use crate::metrics::Metrics;
use crate::spans;
use crate::writer::Writer;

/// The consumer group.
const GROUP: &str = "code-delivery-notifications";
/// The service in dead letters.
const SERVICE: &str = "notifications";
/// The most requests under way at a time.
const AT_ONCE: usize = 16;
const RETRY: Duration = Duration::from_millis(500);
const MAX_RETRY: Duration = Duration::from_secs(30);
/// How often a request may fail for a reason that may be its own.
const MAX_TRIES: u32 = 5;

/// What serving requests from Kafka needs.
pub(crate) struct Inbox<R> {
    pub kafka: KafkaConfig,
    pub use_cases: Arc<UseCases<R>>,
    pub writer: Arc<Writer>,
    pub metrics: Metrics,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
}

impl<R: Notifications + Recipients> Inbox<R> {
    /// Serves requests forever.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub(crate) async fn run(self) -> Result<(), ConnectionError> {
        let group = Group::join(&self.kafka, GROUP, &[Topic::SendNotification], Sharing::Sticky)?;
        tokio::select! {
            () = group.measure(&self.metrics) => {}
            () = Box::pin(self.consume(&group)) => {}
        }
        Ok(())
    }

    async fn consume(&self, group: &Group) {
        loop {
            let batch = group.batch().await;
            let settled = stream::iter(0..batch.len()).for_each_concurrent(AT_ONCE, |place| self.nth(&batch, place));
            self.heartbeat.during(settled).await;
            group.commit(&after(&batch));
        }
    }

    async fn nth(&self, batch: &[Record], place: usize) {
        if let Some(record) = batch.get(place) {
            self.settle(record).await;
        }
    }

    /// Serves one record until it is settled.
    async fn settle(&self, record: &Record) {
        match request(record) {
            Ok(request) => self.serve(record, request).await,
            Err(error) => self.reject(record, error.reason(), &error.to_string()).await,
        }
    }

    async fn serve(&self, record: &Record, request: Request) {
        let (mut pause, mut failures, mut attempt) = (RETRY, 0, 0);
        loop {
            attempt += 1;
            let error = match self.use_cases.send(request.clone()).await {
                Ok(Sent::New(notification)) => {
                    spans::kept(&notification, Kind::Consumer, attempt);
                    return self.metrics.request("kafka", "new");
                }
                // The same id with another content is the same event, told again by another release, or in another language.
                Ok(Sent::Repeated(_)) | Err(Failure::Reused) => return self.metrics.request("kafka", "repeated"),
                // It was sent before the recipient was erased, and is read again.
                Err(Failure::Erased(_)) => return self.metrics.request("kafka", "erased"),
                Err(error) => error,
            };
            if !matches!(error, Failure::Repository(RepositoryError::Unavailable)) {
                failures += 1;
            }
            if failures == MAX_TRIES {
                let message = format!("It failed {failures} times, at last with: {error}");
                return self.reject(record, error.reason(), &message).await;
            }
            tracing::warn!(id = %request.id, %error, wait_seconds = pause.as_secs_f64(), "Cannot keep a notification now; retrying.");
            sleep(pause).await;
            pause = (pause * 2).min(MAX_RETRY);
        }
    }

    /// Sends a record to the dead letters, for as long as that takes: nothing may be lost.
    async fn reject(&self, record: &Record, reason: &'static str, message: &str) {
        // It may quote what anyone has sent, and goes to the log as well.
        let message = cut(message, MAX_HEADER);
        let letter = DeadLetter {
            topic: &record.name,
            partition: record.partition,
            offset: record.offset,
            value: record.value.as_deref().unwrap_or_default(),
            reason,
            message: Cow::Borrowed(&*message),
            service: SERVICE,
            request_id: None,
        };
        let mut pause = RETRY;
        while let Err(error) = self.writer.dead_letter(&letter).await {
            tracing::warn!(record = letter.key(), %error, "Cannot send a dead letter now; retrying.");
            sleep(pause).await;
            pause = (pause * 2).min(MAX_RETRY);
        }
        self.metrics.request("kafka", reason);
        tracing::info!(record = letter.key(), reason, "Rejected a record: {message}");
    }
}
