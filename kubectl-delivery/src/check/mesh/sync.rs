//! Judges whether the proxies have what istiod has sent them, by istiod's own list. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::check::finding::Finding;

/// The most proxies that are named.
const NAMED: usize = 3;

/// Judges the proxies of these names, `pod.namespace`, by the lists of all istiods.
pub(super) fn judge(names: &[String], statuses: &[Value]) -> Vec<Finding> {
    let known: BTreeMap<&str, &Value> =
        statuses.iter().filter_map(|one| Some((one.get("proxy")?.as_str()?, one))).collect();
    let away: Vec<_> = names.iter().filter(|name| !known.contains_key(name.as_str())).collect();
    let stale = |name: &&String| known.get(name.as_str()).is_some_and(|status| !unacknowledged(status).is_empty());
    let stale: Vec<_> = names.iter().filter(stale).collect();
    let mut findings = Vec::new();
    if !away.is_empty() {
        findings.push(Finding::wrong(
            format!("istiod does not know {} of {} proxies: {}.", away.len(), names.len(), listed(&away)),
            "They go on with what they have, but get no new certificates. See the log of their container istio-proxy.",
        ));
    }
    if !stale.is_empty() {
        let what = stale.first().and_then(|name| known.get(name.as_str())).map(|status| unacknowledged(status));
        findings.push(Finding::warning(
            format!(
                "{} of {} proxies have not acknowledged what istiod sent ({}): {}.",
                stale.len(),
                names.len(),
                what.unwrap_or_default().join(", "),
                listed(&stale)
            ),
            "If it stays so, they reject it: see the log of their container istio-proxy, and istioctl proxy-status.",
        ));
    }
    if findings.is_empty() && !names.is_empty() {
        findings
            .push(Finding::right(format!("istiod knows all proxies ({}), and they have what it sent.", names.len())));
    }
    findings
}

/// The kinds of configuration that were sent and not acknowledged, such as `cluster`.
fn unacknowledged(status: &Value) -> Vec<&str> {
    let fields = status.as_object().into_iter().flatten();
    let sent = fields.filter_map(|(field, version)| Some((field.strip_suffix("_sent")?, version)));
    let behind = sent.filter(|(kind, version)| {
        let is_sent = version.as_str().is_some_and(|version| !version.is_empty());
        is_sent && status.get(format!("{kind}_acked")) != Some(*version)
    });
    behind.map(|(kind, _)| kind).collect()
}

fn listed(proxies: &[&String]) -> String {
    let named: Vec<_> = proxies.iter().take(NAMED).map(|name| name.as_str()).collect();
    let more = proxies.len().saturating_sub(NAMED);
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
#[path = "tests/sync.rs"]
mod tests;
