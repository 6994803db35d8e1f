//! How far consumer groups are behind, in the form in which every service exports it. The measuring is left to `delivery-kafka`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// A consumer group and a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct GroupLabels {
    /// The group's full name.
    pub group: String,
    /// The topic's name without the installation's prefix.
    pub topic: &'static str,
}

/// Sets the records that a group is behind in a topic; `None`: this process has no partition of it, and exports nothing.
pub fn set(lag: &Family<GroupLabels, Gauge>, group: &str, topic: &'static str, records: Option<u64>) {
    let labels = GroupLabels { group: group.to_owned(), topic };
    if let Some(records) = records {
        lag.get_or_create(&labels).set(i64::try_from(records).unwrap_or(i64::MAX));
    } else {
        lag.remove(&labels);
    }
}

#[cfg(test)]
#[path = "tests/group_lag.rs"]
mod tests;
