use super::*;

#[test]
fn the_result_of_every_store_shows_whether_it_is_done() {
    let left = PendingTombstones { plans: 1, states: 0 };
    let index = Remaining::Unknown("It is unavailable.".into());
    let places = places(3, 0, left, &Remaining::Ids(vec!["a".into(), "b".into()]), &index);
    let found: Vec<_> = places.iter().map(|place| (place.done, place.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (true, "The Delivery objects are deleted."),
            (false, "1 of 3 still have a plan in the log."),
            (true, "The states are removed from the log."),
            (false, "2 of 3 are still in the gateway or MongoDB."),
            (false, "Could not be checked: It is unavailable."),
        ]
    );
    assert!(
        super::places(1, 0, PendingTombstones::default(), &Remaining::NotInstalled, &Remaining::NotInstalled)
            .iter()
            .all(|place| place.done)
    );
}
