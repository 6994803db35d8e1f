//! Judges the topics in Kafka: whether they exist and are as the installation configures them. Pure.

use std::collections::BTreeMap;

use delivery_kafka::topics::topology::{self, Difference, Found, REMEDY, Wanted};

use crate::check::finding::Finding;

/// Judges each topic, by how those that exist were found.
pub(crate) fn judge(wanted: &[Wanted], found: &BTreeMap<String, Found>) -> Vec<Finding> {
    let findings: Vec<_> = wanted.iter().flat_map(|topic| one(topic, found.get(&topic.name))).collect();
    if findings.is_empty() {
        return vec![Finding::right(format!(
            "All {} topics exist, with the configured cleanup policies, partitions, replicas and timestamps.",
            wanted.len()
        ))];
    }
    findings
}

fn one(wanted: &Wanted, found: Option<&Found>) -> Vec<Finding> {
    let name = &wanted.name;
    let Some(found) = found else {
        return vec![Finding::wrong(
            format!("The topic {name} does not exist."),
            "The operator creates it once it leads and may do so; see its log and its Events.",
        )];
    };
    let differences = topology::differences(wanted, found);
    let (harmful, others): (Vec<_>, Vec<_>) = differences.iter().partition(|difference| difference.is_harmful());
    let sentence = |differences: Vec<&Difference>| topology::sentence(name, differences);
    let mut findings = Vec::new();
    if !harmful.is_empty() {
        findings.push(Finding::wrong(sentence(harmful), REMEDY));
    }
    if !others.is_empty() {
        findings.push(Finding::warning(sentence(others), REMEDY));
    }
    if !found.settings.contains_key("cleanup.policy") {
        findings.push(Finding::warning(
            format!("Kafka does not tell the settings of the topic {name}, so they were not compared."),
            "Grant the user of kubectl-delivery DescribeConfigs on the topics; see docs/install.md.",
        ));
    }
    findings
}

#[cfg(test)]
#[path = "tests/topics.rs"]
mod tests;
