//! The tables of `topics`. Pure.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::survey::{PartitionReport, Survey, TopicReport};
use crate::base::table::{Side, Table};

/// The topics, then the consumer groups; `wide`: a row per partition.
pub(crate) fn tables(survey: &Survey, wide: bool) -> String {
    let mut topics = if wide { partitions(&survey.topics) } else { topics(&survey.topics) };
    let mut text = topics.text();
    text.push('\n');
    if survey.groups.is_empty() {
        text.push_str("No consumer group has read any of them.\n");
    } else {
        text.push_str(&groups(survey).text());
    }
    if survey.more_groups > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} more consumer groups are not shown.", survey.more_groups);
    }
    text
}

fn topics(topics: &[TopicReport]) -> Table {
    let mut table = Table::new(vec![
        ("TOPIC", Side::Left),
        ("PARTITIONS", Side::Right),
        ("LEADERS", Side::Left),
        ("REPLICAS", Side::Right),
        ("IN-SYNC", Side::Left),
        ("OFFSETS", Side::Right),
        ("CLEANUP", Side::Left),
    ]);
    for topic in topics {
        let partitions = &topic.partitions;
        if partitions.is_empty() {
            let mut cells = vec![topic.topic.clone(), "0".to_owned()];
            cells.extend(["-", "-", "missing", "-", "-"].map(str::to_owned));
            table.row(cells);
            continue;
        }
        let leaders: BTreeSet<_> = partitions.iter().map(|partition| partition.leader).collect();
        let replicas = partitions.iter().map(|partition| partition.replicas.len()).min().unwrap_or_default();
        let behind = partitions.iter().filter(|one| one.in_sync.len() < one.replicas.len()).count();
        let offsets: i64 = partitions.iter().map(|partition| partition.high - partition.low).sum();
        table.row(vec![
            topic.topic.clone(),
            partitions.len().to_string(),
            leaders.into_iter().map(broker).collect::<Vec<_>>().join(","),
            replicas.to_string(),
            if behind == 0 { "all".to_owned() } else { format!("not {behind} of {}", partitions.len()) },
            offsets.to_string(),
            cleanup(topic),
        ]);
    }
    table
}

fn partitions(topics: &[TopicReport]) -> Table {
    let mut table = Table::new(vec![
        ("TOPIC", Side::Left),
        ("PARTITION", Side::Right),
        ("LEADER", Side::Left),
        ("REPLICAS", Side::Left),
        ("IN-SYNC", Side::Left),
        ("FIRST", Side::Right),
        ("END", Side::Right),
        ("CLEANUP", Side::Left),
    ]);
    for topic in topics {
        for PartitionReport { partition, leader, replicas, in_sync, low, high } in &topic.partitions {
            let list = |brokers: &[i32]| brokers.iter().copied().map(broker).collect::<Vec<_>>().join(",");
            table.row(vec![
                topic.topic.clone(),
                partition.to_string(),
                broker(*leader),
                list(replicas),
                list(in_sync),
                low.to_string(),
                high.to_string(),
                cleanup(topic),
            ]);
        }
    }
    table
}

fn broker(number: i32) -> String {
    if number < 0 { "none".to_owned() } else { number.to_string() }
}

fn cleanup(topic: &TopicReport) -> String {
    if topic.compacted { "compact" } else { "delete" }.to_owned()
}

fn groups(survey: &Survey) -> Table {
    let mut table = Table::new(vec![
        ("GROUP", Side::Left),
        ("TOPIC", Side::Left),
        ("MEMBERS", Side::Right),
        ("PARTITIONS", Side::Right),
        ("LAG", Side::Right),
    ]);
    for group in &survey.groups {
        table.row(vec![
            group.group.clone(),
            group.topic.clone(),
            group.members.to_string(),
            group.lag.len().to_string(),
            group.lag.values().sum::<i64>().to_string(),
        ]);
    }
    table
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
