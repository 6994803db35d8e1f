//! Sends the mails that are due.
//!
//! New ones are told to it at once; those that are tried again, and those that another process left behind, it looks for every few seconds.
//! A mail is claimed in the database before it is sent, so that of several processes one sends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::Heartbeat;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::mail::{Letterhead, mail};
use super::mailer::Mailer;
use super::retry::{self, MailError};
use crate::domain::ids::NotificationId;
use crate::domain::outbox::{Claimed, MailEnd, MailQueue};
use crate::domain::repository::Recipients;
use crate::metrics::Metrics;
use crate::spans;

/// How often to look for mails that are due.
const SWEEP: Duration = Duration::from_secs(3);
/// How long a claimed mail is left alone, milliseconds: longer than sending it and noting that may take.
const LEASE: Millis = 180_000;
/// The most mails under way at a time, each on a connection of its own.
pub(crate) const AT_ONCE: usize = 8;
/// The most mails of a round.
const ROUND: usize = 100;
/// How often to try to note how an attempt ended, and how long to wait in between.
const NOTES: usize = 10;
const NOTE_PAUSE: Duration = Duration::from_secs(2);

/// What sending needs.
pub(crate) struct Sender<Q, M> {
    /// Where the mails to be sent are, and the recipients' addresses.
    pub queue: Q,
    /// Who takes them.
    pub mailer: M,
    /// By whom they are, and where their links lead.
    pub letterhead: Letterhead,
    pub metrics: Metrics,
    /// The sign of life of each e-mail that is under way.
    pub heartbeat: Heartbeat,
}

impl<Q: MailQueue + Recipients, M: Mailer> Sender<Q, M> {
    /// Sends mails until nobody can tell of new ones any more. `fresh` are those of notifications that were just made.
    pub(crate) async fn run(self, mut fresh: mpsc::Receiver<NotificationId>) {
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (mut ids, mut is_swept) = (Vec::new(), false);
            tokio::select! {
                count = fresh.recv_many(&mut ids, ROUND) => {
                    if count == 0 {
                        return;
                    }
                }
                _ = sweep.tick() => {
                    ids = self.due().await;
                    is_swept = true;
                }
            }
            let (sender, sent) = (&self, &AtomicBool::new(false));
            let each = stream::iter(ids).for_each_concurrent(AT_ONCE, |id| async move {
                if sender.heartbeat.during(Box::pin(sender.serve(id))).await {
                    sent.store(true, Ordering::Relaxed);
                }
            });
            each.await;
            if is_swept && sent.load(Ordering::Relaxed) {
                // There may be more, and the server takes them.
                sweep.reset_immediately();
            }
        }
    }

    async fn due(&self) -> Vec<NotificationId> {
        self.queue.due(now()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "Cannot look for e-mails that are due; retrying.");
            Vec::new()
        })
    }

    /// Sends the mail of a notification, if it is due and nobody else sends it. Whether the server has taken it.
    pub(crate) async fn serve(&self, id: NotificationId) -> bool {
        let (by, now) = (Uuid::new_v4().to_string(), now());
        match self.queue.claim(id, &by, now, now.saturating_add(LEASE)).await {
            Ok(Some(claimed)) => {
                let end = self.send(&claimed).await;
                self.note(id, &by, &end).await;
                matches!(end, MailEnd::Sent { .. })
            }
            Ok(None) => false,
            // It stays due, and is found again.
            Err(error) => {
                tracing::warn!(%id, %error, "Cannot claim an e-mail; retrying.");
                false
            }
        }
    }

    async fn send(&self, claimed: &Claimed) -> MailEnd {
        let Claimed { notification, attempt, again } = claimed;
        let (begun, span) = (Instant::now(), spans::email(notification, *attempt));
        let outcome = self.try_to_send(claimed).await;
        let age = now().saturating_sub(notification.created_at);
        let end = retry::end(outcome, *attempt, age, now());
        spans::sent(span, &end);
        let (name, error) = match &end {
            MailEnd::Sent { .. } if *again => ("sent-again", None),
            MailEnd::Sent { .. } => ("sent", None),
            MailEnd::Later { error, .. } => ("later", Some(error)),
            MailEnd::Bounced { error } => ("bounced", Some(error)),
            MailEnd::Failed { error } => ("failed", Some(error)),
        };
        self.metrics.mail(name, begun.elapsed());
        match error {
            None => self.metrics.mail_delay(Duration::from_millis(u64::try_from(age).unwrap_or(0))),
            Some(error) => {
                tracing::warn!(id = %notification.id, attempt, outcome = name, error, "An e-mail was not sent.");
            }
        }
        end
    }

    async fn try_to_send(&self, Claimed { notification, again, .. }: &Claimed) -> Result<(), MailError> {
        let found = self.queue.recipient(notification.recipient).await;
        let recipient = found.map_err(|error| MailError::Recipient(error.to_string()))?;
        let (language, email) = recipient.map(|known| (known.language, known.email)).unwrap_or_default();
        let email = email.ok_or_else(|| MailError::Address("the recipient has none any more".to_owned()))?;
        self.mailer.send(mail(&self.letterhead, notification, &email, language, *again)?).await
    }

    /// Notes how an attempt ended. If that cannot be noted, the mail is sent again when nobody is thought to send it any more.
    async fn note(&self, id: NotificationId, by: &str, end: &MailEnd) {
        for _ in 0..NOTES {
            match self.queue.settle(id, by, end).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%id, %error, "Cannot note how sending an e-mail ended; retrying."),
            }
            sleep(NOTE_PAUSE).await;
        }
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/sender.rs"]
mod tests;
