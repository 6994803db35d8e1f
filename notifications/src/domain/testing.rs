//! Notifications and recipients for tests, and a repository in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;
use delivery_observability::locks::lock;

use super::channel::{Channel, ChannelReport};
use super::ids::{NotificationId, RecipientId};
use super::listing::{Listing, Place, Selection};
use super::notification::Notification;
use super::recipient::{Customer, Recipient};
use super::repository::{Notifications, Recipients, RepositoryError};
use super::text::{Category, Content, Email};
use super::use_cases::Request;

/// The time from which all tests count.
pub(crate) const NOW: Millis = 1_796_018_000_000;

/// The id of the recipient of all tests.
pub(crate) const RECIPIENT: &str = "c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d0001";

/// A recipient who is told by every channel.
pub(crate) fn recipient() -> Recipient {
    Recipient {
        id: RecipientId::read("recipientId", RECIPIENT).unwrap(),
        email: Some(Email::new("customer7@example.com".to_owned()).unwrap()),
        language: Language::Portuguese,
        channels: Channel::ALL.into(),
    }
}

/// The id of a number.
pub(crate) fn id(number: u32) -> NotificationId {
    NotificationId::derived(&format!("test/{number}"))
}

/// A request with that id.
pub(crate) fn request(number: u32) -> Request {
    Request {
        id: id(number),
        recipient: recipient().id,
        content: Content::new("Your purchase is on its way.".to_owned()).unwrap(),
        category: Category::new("delivery".to_owned()).unwrap(),
        link: None,
        at: NOW,
        trace: None,
    }
}

/// A new notification with that id, on the page and by e-mail.
pub(crate) fn notification(number: u32) -> Notification {
    let Request { id, recipient, content, category, link, at, trace } = request(number);
    Notification {
        id,
        recipient,
        content,
        category,
        link,
        created_at: at,
        read_at: None,
        canceled_at: None,
        version: 1,
        channels: Channel::ALL.map(ChannelReport::new).to_vec(),
        trace,
    }
}

/// A repository in memory.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    notifications: Mutex<BTreeMap<NotificationId, Notification>>,
    /// Each with whether it was chosen, and when the newest purchase was.
    recipients: Mutex<BTreeMap<RecipientId, (Recipient, bool, Millis)>>,
    /// Up to when recipients are forgotten.
    erased: Mutex<BTreeMap<RecipientId, Millis>>,
    away: Mutex<bool>,
}

impl InMemory {
    /// From now on it answers, or does not.
    pub(crate) fn set_away(&self, away: bool) {
        *lock(&self.away) = away;
    }

    /// All notifications, by id.
    pub(crate) fn all(&self) -> Vec<Notification> {
        lock(&self.notifications).values().cloned().collect()
    }

    /// Forgets a recipient up to a time.
    pub(crate) fn erase(&self, id: RecipientId, until: Millis) {
        lock(&self.erased).insert(id, until);
        lock(&self.recipients).remove(&id);
        lock(&self.notifications).retain(|_, one| one.recipient != id || one.created_at > until);
    }

    fn answer(&self) -> Result<(), RepositoryError> {
        if *lock(&self.away) { Err(RepositoryError::Unavailable) } else { Ok(()) }
    }
}

impl Notifications for InMemory {
    async fn insert(&self, new: &Notification) -> Result<bool, RepositoryError> {
        self.answer()?;
        let mut all = lock(&self.notifications);
        let is_new = !all.contains_key(&new.id);
        if is_new {
            all.insert(new.id, new.clone());
        }
        Ok(is_new)
    }

    async fn find(&self, id: NotificationId) -> Result<Option<Notification>, RepositoryError> {
        self.answer()?;
        Ok(lock(&self.notifications).get(&id).cloned())
    }

    async fn change(&self, changed: &Notification, from: u64) -> Result<bool, RepositoryError> {
        self.answer()?;
        let mut all = lock(&self.notifications);
        let Some(known) = all.get_mut(&changed.id).filter(|known| known.version == from) else { return Ok(false) };
        *known = changed.clone();
        Ok(true)
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<Notification>, RepositoryError> {
        self.answer()?;
        let mut all = self.all();
        all.retain(|one| listing.selection.holds(one) && listing.after.is_none_or(|after| Place::of(one) > after));
        all.sort_by_key(Place::of);
        all.truncate(listing.limit + 1);
        Ok(all)
    }

    async fn count(&self, selection: &Selection) -> Result<u64, RepositoryError> {
        self.answer()?;
        let count = self.all().iter().filter(|one| selection.holds(one)).count();
        Ok(u64::try_from(count).unwrap())
    }
}

impl Recipients for InMemory {
    async fn recipient(&self, id: RecipientId) -> Result<Option<Recipient>, RepositoryError> {
        self.answer()?;
        Ok(lock(&self.recipients).get(&id).map(|(recipient, ..)| recipient.clone()))
    }

    async fn choose(&self, chosen: &Recipient) -> Result<Recipient, RepositoryError> {
        self.answer()?;
        let mut all = lock(&self.recipients);
        let known = all.get(&chosen.id);
        let email = chosen.email.clone().or_else(|| known.and_then(|(known, ..)| known.email.clone()));
        let at = known.map_or(Millis::MIN, |(.., at)| *at);
        let chosen = Recipient { email, ..chosen.clone() };
        all.insert(chosen.id, (chosen.clone(), true, at));
        Ok(chosen)
    }

    async fn bought(&self, customer: &Customer) -> Result<(), RepositoryError> {
        self.answer()?;
        let mut all = lock(&self.recipients);
        match all.get_mut(&customer.id) {
            Some((known, true, _)) => known.email = known.email.take().or_else(|| customer.email.clone()),
            Some((_, false, at)) if *at >= customer.at => {}
            _ => drop(all.insert(customer.id, (Recipient::of(customer), false, customer.at))),
        }
        Ok(())
    }

    async fn erased(&self, ids: &[RecipientId]) -> Result<BTreeMap<RecipientId, Millis>, RepositoryError> {
        self.answer()?;
        let all = lock(&self.erased);
        Ok(all.iter().filter(|(id, _)| ids.contains(id)).map(|(id, at)| (*id, *at)).collect())
    }
}
