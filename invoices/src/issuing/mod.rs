//! Issues invoices: the protocol of `numbering`, carried out in the store.
//!
//! May be broken off anywhere, and begun anew by anybody. An invoice of a customer who was erased after the purchase has neither name nor
//! address: that is looked up before, and once more when the invoices are there, since the one who erases makes a note first and looks for
//! invoices then. Imports `domain`, `numbering` and `store`.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use delivery_messages::Millis;

use crate::domain::invoice::{Invoice, Issuer, Order};
use crate::numbering::series::{Exhausted, MAX_BLOCK, block};
use crate::store::{Store, StoreError};

/// How often other issuers may be faster. One of all that try at once always succeeds, so this is not reached while they work.
const ATTEMPTS: usize = 1_000;
/// After how many attempts in which the last number that is noted has not moved it is looked up in the invoices: whoever issued the next one may
/// have been killed before noting it.
const EXACT: usize = 3;

/// Why nothing was issued, or not all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    /// The store failed; what was done may be done again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no more numbers.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// Other issuers were always faster.
    #[error("Other issuers of the series {series} were faster each time. It is tried again.")]
    Contended { series: u32 },
}

impl IssueError {
    /// A stable name for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Store(error) => error.reason(),
            Self::Exhausted(_) => "SeriesExhausted",
            Self::Contended { .. } => "Contended",
        }
    }
}

/// Issues invoices of one series.
pub(crate) struct Issuing<S> {
    store: Arc<S>,
    issuer: Issuer,
}

impl<S: Store> Issuing<S> {
    pub(crate) const fn new(store: Arc<S>, issuer: Issuer) -> Self {
        Self { store, issuer }
    }

    /// Makes sure that each of these purchases has its invoice; returns those that were issued here, as they are in the store.
    ///
    /// # Errors
    /// When some may have none yet. Doing it again does no harm.
    pub(crate) async fn issue(&self, orders: &[Order], now: impl Fn() -> Millis) -> Result<Vec<Invoice>, IssueError> {
        let mut issued = Vec::new();
        for orders in orders.chunks(MAX_BLOCK) {
            let customers: BTreeSet<&str> = orders.iter().map(|order| order.purchase.customer.id.as_str()).collect();
            let customers: Vec<String> = customers.into_iter().map(str::to_owned).collect();
            let erased = self.store.erased(&customers).await?;
            let kept = forgotten(orders, &erased);
            let block = self.issue_block(&kept, now()).await?;
            let erased = self.forget(orders, &customers).await?;
            issued.extend(block.into_iter().map(|invoice| match erased.get(&invoice.customer.id) {
                Some(at) if invoice.created_at <= *at => Invoice { customer: invoice.customer.forgotten(), ..invoice },
                _ => invoice,
            }));
        }
        Ok(issued)
    }

    /// Forgets customers who were erased in the meantime, or before by somebody who was killed. Up to when each is forgotten.
    async fn forget(&self, orders: &[Order], customers: &[String]) -> Result<HashMap<String, Millis>, StoreError> {
        let erased = self.store.erased(customers).await?;
        for (customer, at) in &erased {
            if orders.iter().any(|order| order.purchase.customer.id == *customer && is_before(order, *at)) {
                self.store.forget(customer, *at).await?;
            }
        }
        Ok(erased)
    }

    /// Which of these have an invoice; none if neither the first nor the last has one, since records are read again in a row. What that misses is
    /// refused when it is added, and only published once more.
    async fn known(&self, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        let ends: BTreeSet<&String> = ids.first().into_iter().chain(ids.last()).collect();
        let ends: Vec<String> = ends.into_iter().cloned().collect();
        let known = self.store.known(&ends).await?;
        if known.is_empty() || ends.len() == ids.len() { Ok(known) } else { self.store.known(ids).await }
    }

    async fn issue_block(&self, orders: &[Order], now: Millis) -> Result<Vec<Invoice>, IssueError> {
        let series = self.issuer.series;
        let ids: Vec<String> = orders.iter().map(|order| order.purchase.purchase_id.clone()).collect();
        let mut known = self.known(&ids).await?;
        let missing: Vec<String> = ids.iter().filter(|id| !known.contains(*id)).cloned().collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        self.store.announce(&missing, now).await?;
        let mut issued = Vec::new();
        let (mut noted, mut unchanged) = (None, 0);
        for _ in 0..ATTEMPTS {
            let mut last = self.store.last(series, false).await?;
            // While it goes on, another issuer was faster, and the next attempt may be the first. A look for the newest takes longer than others
            // take to issue the next.
            unchanged = if noted.replace(last) == Some(last) { unchanged + 1 } else { 0 };
            if unchanged >= EXACT {
                last = self.store.last(series, true).await?;
            }
            let mut block = block(orders, &known, &self.issuer, last, now)?;
            let wanted = block.len();
            let count = self.store.add(&block).await?;
            let refused = block.get(count).map(|invoice| invoice.id.clone());
            block.truncate(count);
            if let Some(newest) = block.last()
                && let Err(error) = self.store.note_last(series, newest.number).await
            {
                tracing::debug!(%error, "The last number is not noted; the next issuer looks for it.");
            }
            let is_whole = block.len() == wanted;
            known.extend(block.iter().map(|invoice| invoice.id.clone()));
            issued.extend(block);
            if is_whole {
                return Ok(issued);
            }
            // It was refused for its number, or for its purchase, which has an invoice then.
            known.extend(self.store.known(&Vec::from_iter(refused)).await?);
        }
        Err(IssueError::Contended { series })
    }
}

/// Whether a purchase was made up to this time.
fn is_before(order: &Order, at: Millis) -> bool {
    order.purchase.created_at <= at
}

/// The purchases, without name and address of those who were erased after them.
fn forgotten<'a>(orders: &'a [Order], erased: &HashMap<String, Millis>) -> Cow<'a, [Order]> {
    if erased.is_empty() {
        return Cow::Borrowed(orders);
    }
    let each = orders.iter().cloned().map(|mut order| {
        if erased.get(&order.purchase.customer.id).is_some_and(|at| is_before(&order, *at)) {
            order.purchase.customer = order.purchase.customer.forgotten();
        }
        order
    });
    Cow::Owned(each.collect())
}
