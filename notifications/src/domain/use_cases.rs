//! What the service can do with notifications and recipients, for HTTP and Kafka alike.
//!
//! Each change is decided by [`super::notification`], kept by the repository if nobody was faster, and then shown to a listener, who tells
//! the page and sends the mail. A process that is killed in between loses nothing: that both are to be done is kept with the change.

use delivery_messages::Millis;

use super::channel::ChannelReport;
use super::ids::{NotificationId, RecipientId};
use super::listing::{Listing, Place, Selection};
use super::notification::{Action, Canceled, Notification};
use super::recipient::{Recipient, channels};
use super::repository::{Notifications, Recipients, RepositoryError};
use super::text::{Category, Content, Link};

/// How often a change is decided anew because somebody was faster.
const ATTEMPTS: usize = 5;

/// A request to tell a recipient something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The notification's id. Two requests with the same one are one notification.
    pub id: NotificationId,
    /// Who is told.
    pub recipient: RecipientId,
    /// What.
    pub content: Content,
    /// The kind of news.
    pub category: Category,
    /// A path on the map's address that shows more.
    pub link: Option<Link>,
    /// When it was asked for.
    pub at: Millis,
    /// The trace context of the request.
    pub trace: Option<String>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A new notification.
    New(Notification),
    /// It is the same request once more: the notification as it is now.
    Repeated(Notification),
}

/// Why a use case did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The store failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// There is no such notification.
    #[error("There is no notification {0}. GET /notifications/from/RECIPIENT lists those of a recipient.")]
    UnknownNotification(NotificationId),
    /// There is no such recipient.
    #[error(
        "Nothing is known of the recipient {0}. PUT /recipients/{0} says how to reach them; a purchase does as well."
    )]
    UnknownRecipient(RecipientId),
    /// It is cancelled.
    #[error(transparent)]
    Canceled(#[from] Canceled),
    /// The id was used for another request.
    #[error("This identity was used for another notification. Use a new Idempotency-Key for a new request.")]
    Reused,
    /// The recipient was erased after it was asked for.
    #[error(
        "What the recipient {0} was told up to now was erased at the recipient's request. Send what is new in a moment."
    )]
    Erased(RecipientId),
    /// Others kept changing it.
    #[error("The notification {0} was changed by others at the same time. Try again.")]
    Contended(NotificationId),
}

impl Failure {
    /// A stable name, part of the HTTP API and of metrics.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Repository(error) => error.reason(),
            Self::UnknownNotification(_) => "UnknownNotification",
            Self::UnknownRecipient(_) => "UnknownRecipient",
            Self::Canceled(_) => "NotificationCanceled",
            Self::Reused => "IdempotencyKeyReused",
            Self::Erased(_) => "RecipientErased",
            Self::Contended(_) => "Contended",
        }
    }
}

/// Who is shown each notification that was made or changed, at once and without waiting.
pub(crate) type Listener = Box<dyn Fn(&Notification) + Send + Sync>;

/// The use cases on a repository.
pub(crate) struct UseCases<R> {
    repository: R,
    listener: Listener,
    /// Whether there is a mail server.
    mail: bool,
}

impl<R: Notifications + Recipients> UseCases<R> {
    /// Without a mail server, no notification has the channel for it.
    pub(crate) fn new(repository: R, mail: bool, listener: Listener) -> Self {
        Self { repository, listener, mail }
    }

    /// Tells a recipient something, once per id.
    ///
    /// # Errors
    /// When the id was used for something else, the recipient was erased since, or the store fails.
    pub(crate) async fn send(&self, request: Request) -> Result<Sent, Failure> {
        let erased = self.repository.erased(&[request.recipient]).await?;
        if erased.get(&request.recipient).is_some_and(|erased| request.at <= *erased) {
            return Err(Failure::Erased(request.recipient));
        }
        let recipient = self.repository.recipient(request.recipient).await?;
        let channels = channels(recipient.as_ref(), self.mail).into_iter().map(ChannelReport::new).collect();
        let Request { id, recipient, content, category, link, at, trace } = request;
        let new = Notification {
            id,
            recipient,
            content,
            category,
            link,
            created_at: at,
            read_at: None,
            canceled_at: None,
            version: 1,
            channels,
            trace,
        };
        if self.repository.insert(&new).await? {
            (self.listener)(&new);
            return Ok(Sent::New(new));
        }
        match self.repository.find(id).await? {
            Some(known) if known.says_the_same(&new) => Ok(Sent::Repeated(known)),
            Some(_) => Err(Failure::Reused),
            // It was erased in between.
            None => Err(Failure::Contended(id)),
        }
    }

    /// Reads, unreads or cancels a notification. The notification as it is then, also when that changes nothing.
    ///
    /// # Errors
    /// When there is none, it is cancelled and the action is another, or the store fails.
    pub(crate) async fn act(&self, id: NotificationId, action: Action, now: Millis) -> Result<Notification, Failure> {
        for _ in 0..ATTEMPTS {
            let known = self.repository.find(id).await?.ok_or(Failure::UnknownNotification(id))?;
            let Some(changed) = known.after(action, now)? else { return Ok(known) };
            if self.repository.change(&changed, known.version).await? {
                (self.listener)(&changed);
                return Ok(changed);
            }
        }
        Err(Failure::Contended(id))
    }

    /// A page of a recipient's notifications, and where the next one begins.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn list(&self, listing: &Listing) -> Result<(Vec<Notification>, Option<Place>), Failure> {
        Ok(listing.page(self.repository.list(listing).await?))
    }

    /// How many notifications a recipient has.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn count(&self, selection: &Selection) -> Result<u64, Failure> {
        Ok(self.repository.count(selection).await?)
    }

    /// How a recipient is reached.
    ///
    /// # Errors
    /// When nothing is known of the recipient, or the store fails.
    pub(crate) async fn recipient(&self, id: RecipientId) -> Result<Recipient, Failure> {
        self.repository.recipient(id).await?.ok_or(Failure::UnknownRecipient(id))
    }

    /// Keeps how a recipient wants to be reached.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn choose(&self, chosen: &Recipient) -> Result<Recipient, Failure> {
        Ok(self.repository.choose(chosen).await?)
    }
}

#[cfg(test)]
#[path = "tests/use_cases.rs"]
mod tests;
