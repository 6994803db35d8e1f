//! Whose deliveries a question is about: what the asker wants of them, and what its scope lets it see.
//!
//! Pure. Positions know their delivery and its route and nothing else of it; where courier or namespace count, the plans are asked
//! first which deliveries are meant ([`Whose::plans`]).

use super::body::{all, term, terms};
use super::parameters::{Invalid, Parameters};
use crate::scope::Scope;
use delivery_messages::Millis;
use serde_json::{Value, json};

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
mod tests {
    use super::*;

    fn whose(pairs: &[(&str, &str)], scope: &Scope) -> Whose {
        let given: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Whose::read(&Parameters::read(&given, &[PARAMETERS]).unwrap(), scope).unwrap()
    }

    fn set(names: &[&str]) -> std::collections::BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn positions_tell_their_route_and_the_plans_tell_the_rest() {
        let everything = Scope::everything();
        let route = whose(&[("route", "1")], &everything);
        assert_eq!(route.plans(9), None);
        assert_eq!(route.of_positions(None), [json!({"term": {"routeId": "1"}})]);
        let courier = whose(&[("courier", "moto-7"), ("namespace", "shop")], &everything);
        let filters = courier.plans(9).unwrap()["query"]["bool"]["filter"].clone();
        assert_eq!(
            filters,
            json!([
                {"term": {"courier": "moto-7"}},
                {"term": {"namespace": "shop"}},
                {"range": {"createdAt": {"lt": 9, "format": "epoch_millis"}}},
            ])
        );
        let ids = ["d1".to_owned()];
        assert_eq!(courier.of_positions(Some(&ids)), [json!({"terms": {"deliveryId": ["d1"]}})]);
        assert_eq!(courier.of_positions(Some(&[])), [json!({"terms": {"deliveryId": []}})], "nobody is not everybody");
    }

    #[test]
    fn a_scope_cuts_everything() {
        let scope = Scope { namespaces: Some(set(&["shop"])), deliveries: None, may_ask: false };
        let cut = whose(&[("namespace", "bakery")], &scope);
        assert!(cut.plans(9).is_some() && !cut.tells_requests());
        let both = [json!({"term": {"namespace": "bakery"}}), json!({"terms": {"namespace": ["shop"]}})];
        assert_eq!(cut.of_plans(), both, "both must hold");
        let scope = Scope { namespaces: None, deliveries: Some(set(&["d1", "d2"])), may_ask: false };
        let cut = whose(&[], &scope);
        let ids = json!({"terms": {"deliveryId": ["d1", "d2"]}});
        assert_eq!((cut.of_plans(), cut.of_positions(None)), (vec![ids.clone()], vec![ids]));
        assert!(!cut.tells_requests());
    }

    #[test]
    fn what_looks_like_a_query_stays_a_text() {
        let text = r#""}},{"match_all":{}},{"x":{"y":""#;
        let filters = whose(&[("courier", text)], &Scope::everything()).of_plans();
        assert_eq!(filters, [json!({"term": {"courier": text}})]);
        let sent = serde_json::to_string(&filters).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Value>>(&sent).unwrap(), filters);
    }
}
