//! Which of two reports of the same traffic counts. Pure.
//!
//! Istio's proxies tell each other what they are, so both ends write the same labels. Where the metrics come from access logs, the one that is
//! called knows of its caller only the identity in its certificate: the service account, without a revision. Such a report gives way to that
//! of the caller itself, if there is one.

use std::collections::BTreeSet;

use crate::cluster::prometheus::Series;

/// Who calls whom: the caller's namespace and canonical service, and the called one's namespace and workload.
type Pair<'a> = [&'a str; 4];

fn pair(series: &Series) -> Option<Pair<'_>> {
    let labels = [
        "source_workload_namespace",
        "source_canonical_service",
        "destination_workload_namespace",
        "destination_workload",
    ];
    let [Some(namespace), Some(service), Some(called_namespace), Some(called)] = labels.map(|name| series.label(name))
    else {
        return None;
    };
    Some([namespace, service, called_namespace, called])
}

/// Whether a report knows its caller by nothing but its identity.
pub(super) fn is_by_identity(series: &Series) -> bool {
    let (workload, service) = (series.label("source_workload"), series.label("source_canonical_service"));
    series.label("source_canonical_revision") == Some("unknown") && workload == service && workload != Some("unknown")
}

/// The series of one metric that count.
pub(super) fn counting(series: &[Series]) -> impl Iterator<Item = &Series> {
    let told: BTreeSet<_> = series.iter().filter(|one| !is_by_identity(one)).filter_map(pair).collect();
    series.iter().filter(move |one| !is_by_identity(one) || pair(one).is_none_or(|pair| !told.contains(&pair)))
}

#[cfg(test)]
#[path = "tests/reports.rs"]
mod tests;
