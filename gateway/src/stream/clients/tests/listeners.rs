use proptest::prelude::*;

use super::*;

fn recipients(ids: &[&str]) -> Recipients {
    Recipients { recipient_ids: ids.iter().map(|id| (*id).to_owned()).collect() }
}

fn told(listeners: &Listeners<&'static str>, recipient_id: &str) -> Vec<&'static str> {
    listeners.of(recipient_id).map(|(_, way)| *way).collect()
}

#[test]
fn a_change_is_told_to_everyone_who_listens_for_its_recipient_once() {
    let mut listeners = Listeners::default();
    listeners.set(1, recipients(&["r1", "r1", "r2"]), "a");
    listeners.set(2, recipients(&["r1"]), "b");
    assert_eq!(told(&listeners, "r1"), ["a", "b"]);
    assert_eq!(told(&listeners, "r2"), ["a"]);
    assert!(told(&listeners, "r3").is_empty());
    assert_eq!(listeners.all().count(), 2);
}

#[test]
fn new_recipients_replace_the_former_ones_and_none_end_it() {
    let mut listeners = Listeners::default();
    listeners.set(1, recipients(&["r1"]), "a");
    listeners.set(1, recipients(&["r2"]), "a");
    assert!(told(&listeners, "r1").is_empty());
    assert_eq!(told(&listeners, "r2"), ["a"]);
    listeners.set(1, recipients(&[]), "a");
    assert!(listeners.is_empty());
}

proptest! {
    /// Each step lets a connection listen for these recipients; with none it leaves.
    #[test]
    fn whoever_comes_and_goes_it_tells_those_who_listen_now(
        steps in prop::collection::vec((0_u64..4, prop::collection::vec(0_u8..4, 0..4)), 0..40),
    ) {
        let mut listeners = Listeners::default();
        let mut expected: HashMap<u64, Vec<String>> = HashMap::new();
        for (connection, ids) in steps {
            let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
            if ids.is_empty() {
                listeners.leave(connection);
            } else {
                listeners.set(connection, Recipients { recipient_ids: ids.clone() }, connection);
            }
            expected.insert(connection, ids);
            for recipient_id in ["0", "1", "2", "3"] {
                let mut listening: Vec<u64> =
                    expected.iter().filter(|(_, ids)| ids.iter().any(|id| id == recipient_id)).map(|(connection, _)| *connection).collect();
                listening.sort_unstable();
                prop_assert_eq!(listeners.of(recipient_id).map(|(_, way)| *way).collect::<Vec<_>>(), listening);
            }
        }
        for connection in 0..4 {
            listeners.leave(connection);
        }
        prop_assert!(listeners.is_empty());
    }
}
