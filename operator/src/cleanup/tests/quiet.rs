use super::*;

#[test]
fn a_state_is_silent_when_it_was_seen_unchanged_for_long_enough() {
    let (quiet, begun) = (Quiet::default(), Instant::now());
    let note = |states: &[(&str, u64)], seconds: u64| {
        let states = states.iter().map(|(id, version)| ((*id).to_owned(), *version)).collect();
        quiet.note(states, begun + Duration::from_secs(seconds))
    };
    assert_eq!(note(&[("a", 6), ("b", 6)], 0), [""; 0], "whatever time their records have");
    assert_eq!(note(&[("a", 6), ("b", 8)], 19), [""; 0]);
    assert_eq!(note(&[("a", 6), ("b", 8)], 20), ["a"], "a pod has written the other");
    assert_eq!(note(&[("a", 6), ("b", 8)], 38), [""; 0], "it has come again");
    assert_eq!(note(&[("a", 6)], 39), [""; 0]);
    assert_eq!(note(&[("a", 6), ("b", 8)], 58), ["a"]);
}
