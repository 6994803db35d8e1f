//! How an erasure stands in the end. Pure.

use super::follow::Left;
use super::found::Subject;
use super::held::Held;
use serde::Serialize;

/// What a server says of deliveries that are to be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It still knows these.
    Left(Vec<String>),
    /// There is no such server in this installation.
    Off,
    /// It cannot be told; why, as a sentence.
    Unknown(String),
}

/// How it stands in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceReport {
    /// The place.
    pub place: &'static str,
    /// How many deliveries it still has; null when that cannot be told, or there is no such place.
    pub left: Option<usize>,
    /// Whether there is nothing left to do.
    pub done: bool,
    /// A whole sentence.
    pub message: String,
}

/// How it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The deliveries.
    pub deliveries: Vec<Subject>,
    /// How many ids of requests there are.
    pub requests: usize,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// How each place stands; empty when nothing was changed.
    pub places: Vec<PlaceReport>,
    /// What Kafka still holds.
    pub held: Vec<Held>,
    /// What could not be asked, so that something may have been overlooked.
    pub problems: Vec<String>,
    /// Whether all is erased that was found, in every place, and every place was asked.
    pub complete: bool,
}

/// The places of an erasure of so many deliveries, as they stand.
#[must_use]
pub fn places(count: usize, objects: usize, left: Left, history: &Told, index: &Told) -> Vec<PlaceReport> {
    let counted = |place, left: usize, gone: &str, still: &str| PlaceReport {
        place,
        left: Some(left),
        done: left == 0,
        message: match left {
            0 => format!("{gone}."),
            1 => format!("1 of {count} {still}."),
            more => format!("{more} of {count} {still}."),
        },
    };
    let told = |place, told: &Told, gone: &str, still: &str| match told {
        Told::Left(ids) => counted(place, ids.len(), gone, still),
        Told::Off => {
            PlaceReport { place, left: None, done: true, message: "There is none in this installation.".to_owned() }
        }
        Told::Unknown(why) => PlaceReport { place, left: None, done: false, message: format!("Not known: {why}") },
    };
    vec![
        counted("objects", objects, "The Delivery objects are gone", "have an object"),
        counted("plans", left.plans, "The plans are removed from the log", "have a plan in the log"),
        counted("states", left.states, "The states are removed from the log", "have a state in the log"),
        told("history", history, "The gateway and MongoDB know none of them", "are known to the gateway or MongoDB"),
        told("index", index, "The index has none of their positions", "have positions in the index"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_says_whether_it_is_done() {
        let left = Left { plans: 1, states: 0 };
        let index = Told::Unknown("It is away.".into());
        let places = places(3, 0, left, &Told::Left(vec!["a".into(), "b".into()]), &index);
        let said: Vec<_> = places.iter().map(|place| (place.done, place.message.as_str())).collect();
        assert_eq!(
            said,
            [
                (true, "The Delivery objects are gone."),
                (false, "1 of 3 have a plan in the log."),
                (true, "The states are removed from the log."),
                (false, "2 of 3 are known to the gateway or MongoDB."),
                (false, "Not known: It is away."),
            ]
        );
        assert!(super::places(1, 0, Left::default(), &Told::Off, &Told::Off).iter().all(|place| place.done));
    }
}
