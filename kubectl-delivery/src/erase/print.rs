//! What `erase` shows. Pure.

use super::found::{Findings, Subject};
use super::report::Report;
use super::who::Who;
use crate::output::{Side, Table, counted, since};
use jiff::Timestamp;
use std::fmt::Write as _;

/// The most deliveries that are listed before the question; all of them are counted.
const MOST: usize = 20;

/// What was found, as a table and a sentence.
#[must_use]
pub fn found(who: &Who, found: &Findings, now: Timestamp) -> String {
    let deliveries = found.deliveries().len();
    let mut text = String::new();
    if deliveries > 0 {
        let mut table = Table::new(vec![
            ("NAMESPACE", Side::Left),
            ("DELIVERY", Side::Left),
            ("ID", Side::Left),
            ("AGE", Side::Left),
            ("FOUND-IN", Side::Left),
        ]);
        found.deliveries().take(MOST).for_each(|subject| table.row(row(subject, now)));
        text = table.text();
        if deliveries > MOST {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "… and {} more", deliveries - MOST);
        }
    }
    let requests = found.request_ids().len();
    let requests = if requests == 0 {
        String::new()
    } else {
        format!(" and {}", counted(to_u64(requests), "id of a request", "ids of requests"))
    };
    let deliveries = counted(to_u64(deliveries), "delivery", "deliveries");
    let _ = writeln!(text, "Of {who}: {deliveries}{requests}.");
    text
}

fn row(subject: &Subject, now: Timestamp) -> Vec<String> {
    let unknown = || "-".to_owned();
    let created = subject.created_at.and_then(|time| Timestamp::from_millisecond(time).ok());
    let places: Vec<_> = subject.places.iter().map(|place| place.name()).collect();
    vec![
        subject.namespace.clone().unwrap_or_else(unknown),
        subject.name.clone().unwrap_or_else(unknown),
        subject.delivery_id.clone(),
        created.map_or_else(unknown, |time| since(time, now)),
        places.join(","),
    ]
}

/// How it stands, in sentences.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    for place in &report.places {
        let _ = writeln!(text, "{:<8}  {}", place.place, place.message);
    }
    if report.held.is_empty() {
        text.push_str("Kafka holds nothing of it any more.\n");
    } else {
        let now = if report.dry_run {
            "Kafka would still hold"
        } else {
            "Kafka still holds, for whoever reads the log itself"
        };
        let _ = writeln!(text, "{now}:");
        for held in &report.held {
            let _ = writeln!(text, "  {}", held.sentence());
        }
    }
    for problem in &report.problems {
        let _ = writeln!(text, "Not asked: {problem}");
    }
    if !report.dry_run {
        text.push_str(if report.complete {
            "Erased. A replay of the log does not bring it back; see docs/erasing.md for backups and logs.\n"
        } else {
            "Not all of it is erased yet. What is left goes when its place is back; run the command again to see it.\n"
        });
    }
    text
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erase::follow::Left;
    use crate::erase::found::{Found, Place};
    use crate::erase::held::{Held, Until};
    use crate::erase::report::{Told, places};

    #[test]
    fn what_was_found_is_listed_and_counted() {
        let mut findings = Findings::default();
        findings.add(Found::Delivery(Subject {
            delivery_id: "d-1".into(),
            namespace: Some("shop".into()),
            name: Some("primeiro".into()),
            created_at: Some(0),
            request_id: Some("r-1".into()),
            places: [Place::Kubernetes, Place::Kafka].into(),
        }));
        let who = Who::Courier("ana".into());
        let now = Timestamp::from_millisecond(41_000).unwrap();
        assert_eq!(
            found(&who, &findings, now),
            "NAMESPACE   DELIVERY   ID    AGE   FOUND-IN\n\
             shop        primeiro   d-1   41s   Kubernetes,Kafka\n\
             Of the courier ana: 1 delivery and 1 id of a request.\n"
        );
        for number in 0..MOST {
            let subject = Subject { delivery_id: format!("e-{number}"), ..Subject::default() };
            findings.add(Found::Delivery(subject));
        }
        let text = found(&who, &findings, now);
        assert!(text.contains("… and 1 more\nOf the courier ana: 21 deliveries"), "{text}");
    }

    #[test]
    fn what_is_left_is_said_with_the_way_on() {
        let held = Held { topic: "route.new-position".into(), records: 1, what: "where".into(), until: Until::NoEnd };
        let mut all = Report {
            deliveries: Vec::new(),
            requests: 0,
            dry_run: false,
            places: places(1, 1, Left::default(), &Told::Left(Vec::new()), &Told::Off),
            held: vec![held],
            problems: vec!["MongoDB does not answer.".into()],
            complete: false,
        };
        let text = report(&all);
        for part in [
            "objects   1 of 1 have an object.",
            "  route.new-position: 1 record",
            "Not asked: MongoDB",
            "run the command again",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        all.complete = true;
        all.held.clear();
        assert!(report(&all).ends_with("see docs/erasing.md for backups and logs.\n"));
    }
}
