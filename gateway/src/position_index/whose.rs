//! Whose deliveries a question is about: what the asker wants of them, and what its scope lets it see.
//!
//! Pure. Positions know their delivery and its route and nothing else of it; where courier or namespace count, the plans are asked
//! first which deliveries are meant ([`Whose::plans`]).

use delivery_messages::Millis;
use serde_json::{Value, json};

use super::body::{all, term, terms};
use super::parameters::{Invalid, Parameters};
use crate::model::scope::Scope;

/// The names of its parameters.
pub const PARAMETERS: &[&str] = &["route", "courier", "namespace"];

/// The most deliveries whose positions can be asked for by courier or namespace: the newest of them. It is also the most that one
/// search gives.
pub const MOST: usize = 10_000;

/// Whose deliveries are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    route: Option<String>,
    courier: Option<String>,
    namespace: Option<String>,
    scope: Scope,
}

impl Whose {
    /// Reads `route`, `courier` and `namespace`.
    ///
    /// # Errors
    /// When one is no name.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope) -> Result<Self, Invalid> {
        Ok(Self {
            route: parameters.text("route")?,
            courier: parameters.text("courier")?,
            namespace: parameters.text("namespace")?,
            scope: scope.clone(),
        })
    }

    /// Everyone whom a scope shows.
    #[must_use]
    pub fn of_scope(scope: &Scope) -> Self {
        Self { route: None, courier: None, namespace: None, scope: scope.clone() }
    }

    /// What must hold of a plan.
    #[must_use]
    pub fn of_plans(&self) -> Vec<Value> {
        let mut filters = self.of_requests();
        filters.extend(self.namespace.iter().map(|namespace| term("namespace", namespace)));
        filters.extend(self.scope.namespaces.iter().map(|names| terms("namespace", names)));
        filters.extend(self.scope.deliveries.iter().map(|ids| terms("deliveryId", ids)));
        filters
    }

    /// What must hold of a request.
    #[must_use]
    pub fn of_requests(&self) -> Vec<Value> {
        let route = self.route.iter().map(|route| term("routeId", route));
        route.chain(self.courier.iter().map(|courier| term("courier", courier))).collect()
    }

    /// Whether requests can be told apart so: they belong to no namespace and no delivery.
    #[must_use]
    pub const fn tells_requests(&self) -> bool {
        self.namespace.is_none() && self.scope.shows_all()
    }

    /// What must hold of a position, when the plans name these deliveries, or need not be asked.
    #[must_use]
    pub fn of_positions(&self, ids: Option<&[String]>) -> Vec<Value> {
        let mut filters: Vec<_> = self.route.iter().map(|route| term("routeId", route)).collect();
        filters.extend(self.scope.deliveries.iter().map(|ids| terms("deliveryId", ids)));
        filters.extend(ids.map(|ids| terms("deliveryId", ids)));
        filters
    }

    /// The search for the plans that name the deliveries meant, of those ordered before a time; none when positions themselves
    /// tell.
    #[must_use]
    pub fn plans(&self, before: Millis) -> Option<Value> {
        if self.courier.is_none() && self.namespace.is_none() && self.scope.namespaces.is_none() {
            return None;
        }
        let mut filters = self.of_plans();
        filters.push(json!({"range": {"createdAt": {"lt": before, "format": "epoch_millis"}}}));
        Some(json!({
            "size": MOST,
            "track_total_hits": false,
            "_source": ["deliveryId"],
            "sort": [{"createdAt": {"order": "desc", "unmapped_type": "date"}}],
            "query": all(&filters),
        }))
    }
}

#[cfg(test)]
#[path = "tests/whose.rs"]
mod tests;
