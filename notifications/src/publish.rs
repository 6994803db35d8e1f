//! Writes the changes of notifications to `notifications.changed`, from where the gateway tells the page.
//!
//! A change begins with the mark that it is to be published, and what is published is the notification as it is kept: so none is published
//! that was not kept, and none is forgotten.
//! New changes are told to the relay at once; those that could not be published, or that another process left behind, it looks for every
//! few seconds. Each is published at least once; the version says which one is newest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery_messages::{Millis, NotificationChanged, Topic};
use delivery_observability::Heartbeat;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::notification::Notification;
use crate::domain::outbox::Outbox;
use crate::domain::text::Link;
use crate::metrics::Metrics;
use crate::writer::Writer;

/// How often to look for changes that were left behind.
const SWEEP: Duration = Duration::from_secs(5);
/// How old those are at least, milliseconds: younger ones are on their way.
const LEFT: Millis = 15_000;
/// The most changes under way at a time.
const AT_ONCE: usize = 32;
/// The most changes of a round.
const ROUND: usize = 200;

/// What publishing needs.
pub(crate) struct Relay<O> {
    /// Where the marks are.
    pub outbox: O,
    pub writer: Arc<Writer>,
    pub metrics: Metrics,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
}

impl<O: Outbox> Relay<O> {
    /// Publishes changes until nobody can tell of new ones any more. `fresh` are those that were just made.
    pub(crate) async fn run(self, mut fresh: mpsc::Receiver<Notification>) {
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (mut changes, mut is_swept) = (Vec::new(), false);
            tokio::select! {
                count = fresh.recv_many(&mut changes, ROUND) => {
                    if count == 0 {
                        return;
                    }
                }
                _ = sweep.tick() => {
                    changes = self.left().await;
                    is_swept = true;
                }
            }
            let (relay, published) = (&self, &AtomicBool::new(false));
            let each = stream::iter(changes).for_each_concurrent(AT_ONCE, |change| async move {
                if relay.publish(change).await {
                    published.store(true, Ordering::Relaxed);
                }
            });
            self.heartbeat.during(each).await;
            if is_swept && published.load(Ordering::Relaxed) {
                // There may be more, and Kafka takes them.
                sweep.reset_immediately();
            }
        }
    }

    async fn left(&self) -> Vec<Notification> {
        self.outbox.unpublished(now().saturating_sub(LEFT)).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "Cannot look for changes of notifications to be published; retrying.");
            Vec::new()
        })
    }

    /// Publishes a change. Whether it was, and that is noted.
    async fn publish(&self, change: Notification) -> bool {
        let (id, version) = (change.id, change.version);
        let (message, trace) = (message(&change), change.trace.as_deref());
        let written = self.writer.write(Topic::NotificationChanged, &message.recipient_id, &message, trace).await;
        let is_written = written.is_ok();
        self.metrics.published(is_written);
        let noted = match written {
            Ok(()) => self.outbox.published(id, version, now()).await,
            Err(error) => {
                tracing::warn!(%id, %error, "Cannot publish a change of a notification; retrying.");
                self.outbox.unpublishable(id, &error.to_string()).await
            }
        };
        if let Err(error) = &noted {
            tracing::warn!(%id, %error, "Cannot note that a change was published; it will be published again, which changes nothing.");
        }
        is_written && noted.is_ok()
    }
}

/// A notification as it is told to others.
fn message(notification: &Notification) -> NotificationChanged {
    NotificationChanged {
        id: notification.id.to_string(),
        version: notification.version,
        recipient_id: notification.recipient.to_string(),
        content: notification.content.as_str().to_owned(),
        category: notification.category.as_str().to_owned(),
        link: notification.link.as_ref().map(Link::as_str).map(str::to_owned),
        read_at: notification.read_at,
        canceled_at: notification.canceled_at,
        created_at: notification.created_at,
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/publish.rs"]
mod tests;
