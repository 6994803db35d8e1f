//! Judges the objects of the Prometheus operator. Pure.

use crate::check::finding::Finding;

/// How many objects of a kind the release has; `None`: the kind is not served.
pub(crate) fn judge(monitors: Option<usize>, rules: Option<usize>) -> Finding {
    match (monitors, rules) {
        (None, None) => {
            Finding::skipped("There is no Prometheus operator: the kinds PodMonitor and PrometheusRule are not served.")
        }
        (None | Some(0), None | Some(0)) => {
            Finding::skipped("This release has neither a PodMonitor nor rules: monitoring.enabled is off.")
        }
        (None | Some(0), Some(_)) => Finding::wrong(
            "This release has alerts and rules, but no PodMonitor: Prometheus does not scrape the services, so no alert fires.",
            "Upgrade the chart with monitoring.enabled=true.",
        ),
        (Some(_), None | Some(0)) => Finding::right(
            "Prometheus is told to scrape the services (PodMonitor); monitoring.enabled, for rules and alerts, is off.",
        ),
        (Some(_), Some(rules)) => Finding::right(format!(
            "Prometheus is told to scrape the services (PodMonitor) and has their rules and alerts ({rules} PrometheusRules)."
        )),
    }
}

#[cfg(test)]
#[path = "tests/monitoring.rs"]
mod tests;
