//! Removes notifications with all that belongs to them: those that are old, and those of a recipient who is forgotten.
//!
//! A notification's own document goes last, so that whatever is left of one that was removed by halves is found again.

use delivery_messages::Millis;
use futures::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::client::{Store, limited, scanned};
use super::documents;
use crate::domain::channel::Channel;
use crate::domain::ids::RecipientId;
use crate::domain::repository::RepositoryError;

/// How many notifications are removed at a time.
const PAGE: i64 = 50;
/// What is known of purchases and deliveries: see [`crate::projector`].
const ORDERS: &str = "orders";
/// The deliveries that are not over: the same.
const UNDER_WAY: &str = "under_way";

impl Store {
    /// When the newest notification was made; none when there is none.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn newest(&self) -> Result<Option<Millis>, RepositoryError> {
        let (notifications, made) = (self.notifications(), "createdAt");
        let newest = notifications.find_one(doc! {}).sort(doc! {made: -1}).projection(doc! {made: 1});
        Ok(scanned(newest).await?.and_then(|newest| newest.get_i64(made).ok()))
    }

    /// Removes some of the notifications that were made before a time; how many. Nothing is left when it is none.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn remove_older(&self, before: Millis) -> Result<usize, RepositoryError> {
        self.remove(doc! {"createdAt": {"$lt": before}}).await
    }

    /// Notes that a recipient is forgotten up to a time, unless a later one is noted.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn note_erased(&self, id: RecipientId, at: Millis) -> Result<(), RepositoryError> {
        let (marks, filter) = (self.erased_recipients(), doc! {"_id": id.to_string()});
        // One process at a time reads the erasures of a recipient, in their order.
        let known = limited(marks.find_one(filter.clone())).await?;
        if known.is_some_and(|known| known.get_i64("erasedAt").is_ok_and(|known| known >= at)) {
            return Ok(());
        }
        limited(marks.update_one(filter, doc! {"$set": {"erasedAt": at}}).upsert(true)).await.map(drop)
    }

    /// Removes what a recipient was told up to a time, how to reach them, and what is known of their purchases and deliveries.
    ///
    /// # Errors
    /// When `MongoDB` does not respond or refuses.
    pub(crate) async fn forget(&self, id: RecipientId, until: Millis) -> Result<(), RepositoryError> {
        let id = id.to_string();
        let (recipients, filter) = (self.recipients(), doc! {"_id": &id});
        let known = limited(recipients.find_one(filter.clone())).await?;
        // Who has bought again since is a customer again.
        if known.is_some_and(|known| known.get_i64("boughtAt").unwrap_or(Millis::MIN) <= until) {
            limited(recipients.delete_one(filter)).await?;
        }
        for (person, time) in [("customer", "madeAt"), ("client", "acceptedAt")] {
            self.forget_orders(doc! {person: &id}, time, until).await?;
        }
        while self.remove(doc! {"recipientId": &id, "createdAt": {"$lte": until}}).await? > 0 {}
        Ok(())
    }

    /// Removes orders that a filter finds and that were made up to a time, which is in a field; without that, it was long ago.
    async fn forget_orders(&self, filter: Document, time: &str, until: Millis) -> Result<(), RepositoryError> {
        let orders = self.collection(ORDERS);
        let found: Vec<Document> = scanned(async { orders.find(filter).await?.try_collect().await }).await?;
        let is_old = |order: &&Document| order.get_i64(time).is_ok_and(|at| at <= until) || !order.contains_key(time);
        for order in found.iter().filter(is_old) {
            let Some((subject, _)) = order.get_str("_id").ok().and_then(|id| id.rsplit_once('/')) else { continue };
            limited(self.collection(UNDER_WAY).delete_many(doc! {"subject": subject})).await?;
            for part in ["told", "delivery", "purchase"] {
                limited(orders.delete_one(doc! {"_id": format!("{subject}/{part}")})).await?;
            }
        }
        Ok(())
    }

    /// Removes some of the notifications that a filter finds; how many.
    async fn remove(&self, filter: Document) -> Result<usize, RepositoryError> {
        let notifications = self.notifications();
        let found: Vec<Document> = scanned(async {
            notifications.find(filter).projection(doc! {"_id": 1}).limit(PAGE).await?.try_collect().await
        })
        .await?;
        let ids: Vec<String> = found.iter().filter_map(|found| found.get_str("_id").ok()).map(str::to_owned).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let channels = ids.iter().flat_map(|id| Channel::ALL.map(|channel| documents::channel_id(id, channel)));
        self.delete(&self.channels(), &channels.collect::<Vec<_>>()).await?;
        self.delete(&self.mails(), &ids).await?;
        // Short collections, which hold what is under way.
        for marks in [self.attempts(), self.outbox()] {
            limited(marks.delete_many(doc! {"notification": {"$in": ids.clone()}})).await?;
        }
        self.delete(&notifications, &ids).await?;
        Ok(ids.len())
    }
}
