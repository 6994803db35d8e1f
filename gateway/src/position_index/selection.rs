//! Which deliveries a query is about: the client's filters, cut by its scope.
//!
//! Pure. A position document has the delivery's id and route only. For a filter by courier or namespace, the plans are searched
//! first for the delivery ids ([`Selection::plans`]).

use delivery_messages::Millis;
use delivery_messages::deliveries::canary;
use serde_json::{Value, json};

use super::clauses::{all, not, term, terms};
use super::parameters::{InvalidParameter, Parameters};
use crate::model::scope::Scope;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&str] = &["route", "courier", "namespace"];

/// The maximum number of deliveries selected by courier or namespace: the newest ones. It is also Elasticsearch's maximum for one
/// search.
pub(crate) const MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    route: Option<String>,
    courier: Option<String>,
    namespace: Option<String>,
    scope: Scope,
}

impl Selection {
    /// Reads `route`, `courier` and `namespace`.
    ///
    /// # Errors
    /// When one is too long.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, InvalidParameter> {
        Ok(Self {
            route: parameters.text("route")?,
            courier: parameters.text("courier")?,
            namespace: parameters.text("namespace")?,
            scope: scope.clone(),
        })
    }

    /// Everything that a scope shows.
    #[must_use]
    pub(crate) fn of_scope(scope: &Scope) -> Self {
        Self { route: None, courier: None, namespace: None, scope: scope.clone() }
    }

    /// The filters of a search among plans.
    #[must_use]
    pub(crate) fn plan_filters(&self) -> Vec<Value> {
        let mut filters = self.request_filters();
        filters.extend(self.namespace.iter().map(|namespace| term("namespace", namespace)));
        filters.extend(self.scope.namespaces.iter().map(|names| terms("namespace", names)));
        filters.extend(self.scope.deliveries.iter().map(|ids| terms("deliveryId", ids)));
        filters
    }

    /// The filters of a search among requests. The canary's are left out, unless its courier is asked for.
    #[must_use]
    pub(crate) fn request_filters(&self) -> Vec<Value> {
        let route = self.route.iter().map(|route| term("routeId", route));
        let others = || not(&term("courier", canary::COURIER));
        let courier = self.courier.as_ref().map_or_else(others, |courier| term("courier", courier));
        route.chain([courier]).collect()
    }

    /// Whether requests can be filtered by this selection: they have neither namespace nor delivery.
    #[must_use]
    pub(crate) const fn selects_requests(&self) -> bool {
        self.namespace.is_none() && self.scope.shows_all()
    }

    /// The filters of a search among positions; `ids` are those found by [`Selection::plans`].
    #[must_use]
    pub(crate) fn position_filters(&self, ids: Option<&[String]>) -> Vec<Value> {
        let mut filters: Vec<_> = self.route.iter().map(|route| term("routeId", route)).collect();
        filters.extend(self.scope.deliveries.iter().map(|ids| terms("deliveryId", ids)));
        filters.extend(ids.map(|ids| terms("deliveryId", ids)));
        filters
    }

    /// The search for the ids of the selected deliveries created before a time; `None` when positions can be filtered directly.
    #[must_use]
    pub(crate) fn plans(&self, before: Millis) -> Option<Value> {
        if self.courier.is_none() && self.namespace.is_none() && self.scope.namespaces.is_none() {
            return None;
        }
        let mut filters = self.plan_filters();
        filters.push(json!({"range": {"createdAt": {"lt": before, "format": "epoch_millis"}}}));
        Some(json!({
            "size": MAX,
            "track_total_hits": false,
            "_source": ["deliveryId"],
            "sort": [{"createdAt": {"order": "desc", "unmapped_type": "date"}}],
            "query": all(&filters),
        }))
    }
}

#[cfg(test)]
#[path = "tests/selection.rs"]
mod tests;
