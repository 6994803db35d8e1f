//! What is asked of a store of orders. How it keeps what it is given is left to whoever implements it.

use std::future::Future;

use super::fold::UnderWay;
use super::kind::Kinds;
use super::order::{Facts, Order};
use crate::domain::repository::RepositoryError;

/// Keeps what is known of purchases and deliveries.
pub(crate) trait Orders: Send + Sync {
    /// Keeps facts beside those that are there, in one step, and returns all of them.
    fn keep(&self, subject: &str, facts: &Facts) -> impl Future<Output = Result<Order, RepositoryError>> + Send;

    /// These kinds of news were told of what is known. If the delivery has ended by that, it is under way no more.
    fn told(
        &self,
        subject: &str,
        kinds: &Kinds,
        known: &Facts,
    ) -> impl Future<Output = Result<(), RepositoryError>> + Send;

    /// The deliveries that are not over, each with the kinds that were told.
    fn under_way(&self) -> impl Future<Output = Result<Vec<UnderWay>, RepositoryError>> + Send;
}
