//! How much each peer address, and all of them together, may ask of a gateway: starts, commands, filters, recipients, queries on the
//! past, and open connections.
//!
//! A request that is over budget is refused at once and costs nothing else. The budgets themselves, and whose address a request is of,
//! are left to `delivery-http-server`. The time is passed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use delivery_http_server::PeerAddress;
use delivery_http_server::budgets::UsedUp;
use delivery_observability::locks::lock;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::config::{Limits, PerAddress};
use crate::metrics::Metrics;
use crate::protocol::frames;

const KINDS: usize = 5;
/// The part of all connections that no single address gets, where addresses have no limit of their own: many clients may share one, but none
/// keeps out all others.
const RESERVED: usize = 32;

/// What has a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    Starts,
    Commands,
    Filters,
    /// Lists of recipients whose notifications a client is told of.
    Recipients,
    /// Queries on the position index and the delivery store.
    History,
}

impl Budget {
    /// The name, as in metrics and messages.
    const fn name(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Commands => "commands",
            Self::Filters => "filters",
            Self::Recipients => "lists of recipients",
            Self::History => "history queries",
        }
    }
}

/// A request that is over budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{whose} sent too many {what} to this gateway. Try again in {retry_after_seconds} s.")]
pub(crate) struct OverBudget {
    whose: &'static str,
    what: &'static str,
    /// After how many whole seconds a request can be served again.
    pub(crate) retry_after_seconds: u64,
}

impl OverBudget {
    /// A stable name for clients and for metrics.
    pub(crate) const REASON: &'static str = "TooManyRequests";

    /// The reply on a WebSocket.
    pub(crate) fn frame(&self, request_id: Option<&str>) -> Utf8Bytes {
        frames::rejected_for_now(request_id, Self::REASON, &self.to_string(), self.retry_after_seconds)
    }
}

/// What may be open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    Http,
    WebSocket,
}

/// All budgets of a gateway.
pub(crate) struct Budgets {
    requests: delivery_http_server::budgets::Budgets<KINDS>,
    /// The maximum number of open connections per address, by kind.
    connections: [usize; 2],
    /// The open connections of each address that has any, by kind.
    open: Mutex<HashMap<PeerAddress, [usize; 2]>>,
    metrics: Metrics,
}

/// An open connection of an address; dropping it closes the account.
pub(crate) struct OpenConnection {
    budgets: Arc<Budgets>,
    address: PeerAddress,
    kind: Connection,
}

impl Budgets {
    pub(crate) fn new(limits: &Limits, metrics: Metrics, now: Instant) -> Self {
        let PerAddress { starts, commands, filters, recipients, history, connections } = limits.per_address;
        let rates = [starts, commands, filters, recipients, history];
        let requests = delivery_http_server::budgets::Budgets::new(rates, limits.all_addresses_factor, now);
        let all = [limits.http_connections, limits.connections];
        let connections = all.map(|all| if connections > 0 { connections } else { all - all / RESERVED });
        Self { requests, connections, open: Mutex::default(), metrics }
    }

    /// Takes a request off the budgets of its address and of all addresses.
    ///
    /// # Errors
    /// When one of them is used up; then neither is charged.
    pub(crate) fn take(&self, budget: Budget, address: PeerAddress, now: Instant) -> Result<(), OverBudget> {
        self.requests.take(budget as usize, address, now).map_err(|used_up: UsedUp| {
            self.metrics.over_budget(budget.name(), used_up.name());
            let retry_after_seconds = used_up.retry_after_seconds();
            OverBudget { whose: used_up.whose(), what: budget.name(), retry_after_seconds }
        })
    }

    /// Counts an open connection; none when its address has its maximum.
    pub(crate) fn connect(self: &Arc<Self>, kind: Connection, address: PeerAddress) -> Option<OpenConnection> {
        let most = self.connections.get(kind as usize)?;
        let mut open = lock(&self.open);
        let count = open.entry(address).or_default().get_mut(kind as usize)?;
        if *count >= *most {
            drop(open);
            self.metrics.over_budget("connections", "address");
            return None;
        }
        *count += 1;
        drop(open);
        Some(OpenConnection { budgets: Arc::clone(self), address, kind })
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut open = lock(&self.budgets.open);
        let Some(counts) = open.get_mut(&self.address) else { return };
        if let Some(count) = counts.get_mut(self.kind as usize) {
            *count = count.saturating_sub(1);
        }
        if *counts == [0, 0] {
            open.remove(&self.address);
        }
    }
}

#[cfg(test)]
#[path = "tests/budgets.rs"]
mod tests;
