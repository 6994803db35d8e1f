//! Which part of the traffic goes under mutual TLS, as the destinations report it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::{self, Ends};
use super::node::Grouping;
use super::reports::is_by_identity;
use crate::cluster::prometheus::Series;

/// The namespace and the canonical service of who calls.
pub(super) type Caller = (String, String);

/// The traffic of each destination: under mutual TLS, and all.
#[derive(Default)]
pub(super) struct Security {
    /// By the ids of both nodes.
    exact: BTreeMap<(String, String), (f64, f64)>,
    /// By the caller and the id of the destination, of callers that are known by their identity alone.
    by_identity: BTreeMap<(Caller, String), (f64, f64)>,
}

impl Security {
    pub(super) fn of(series: &[Series], grouping: Grouping) -> Self {
        let (mut seen, mut found) = (BTreeSet::new(), Self::default());
        for one in series.iter().filter(|one| one.value.is_finite() && seen.insert(&one.labels)) {
            let Some(Ends { source, destination, caller, .. }) = labels::ends(one, grouping) else { continue };
            let is_mutual = one.label("connection_security_policy") == Some("mutual_tls");
            let add = |(mutual, all): &mut (f64, f64)| {
                *all += one.value;
                *mutual += if is_mutual { one.value } else { 0.0 };
            };
            if is_by_identity(one) {
                add(found.by_identity.entry((caller, destination.id.clone())).or_default());
            }
            add(found.exact.entry((source.id, destination.id)).or_default());
        }
        found
    }

    /// The part under mutual TLS.
    pub(super) fn mutual_tls(&self, source: &str, caller: &Caller, destination: &str) -> Option<f64> {
        let exact = self.exact.get(&(source.to_owned(), destination.to_owned()));
        let found = exact.or_else(|| self.by_identity.get(&(caller.clone(), destination.to_owned())));
        found.filter(|(_, all)| *all > 0.0).map(|(mutual, all)| mutual / all)
    }
}
