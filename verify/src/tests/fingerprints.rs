use super::*;

fn position(seq: u64) -> NewPosition {
    NewPosition {
        route_id: "1".into(),
        client_id: String::new(),
        position: [-47.929_23, -15.825_94],
        finished: false,
        delivery_id: "d".into(),
        seq,
        at: 1_000 + i64::try_from(seq).unwrap_or_default(),
        speed: 8.5,
        heading: 90.0,
        progress: 0.5,
    }
}

#[test]
fn fingerprints_are_found_by_seq() {
    let mut prints = Fingerprints::default();
    for seq in [0, 1, 63, 64, 200] {
        prints.add(&position(seq));
    }
    let seqs = |from, below| prints.between(from, below).map(|(seq, _)| seq).collect::<Vec<_>>();
    assert_eq!(seqs(0, u64::MAX), [0, 1, 63, 64, 200]);
    assert_eq!(seqs(1, 64), [1, 63]);
    assert_eq!(seqs(64, 64), [0; 0]);
    assert_eq!(seqs(200, 3), [0; 0]);
    assert_eq!(prints.between(63, 65).collect::<Vec<_>>(), [(63, 1_000), (64, 1_064)]);
    assert_eq!((prints.get(2), prints.get(1)), (None, Some(fingerprint(&position(1)))));
    prints.add(&position(u64::MAX));
    assert_eq!(prints.0.len(), 4, "an absurd seq takes one block, no more");
}

#[test]
fn the_first_position_of_a_seq_counts() {
    let mut prints = Fingerprints::default();
    assert!(prints.add(&position(17)), "the first is what counts");
    assert!(prints.add(&position(17)), "an equal repeat says the same");
    let moved = NewPosition { position: [-47.929_23, -15.826], at: 0, ..position(17) };
    assert!(!prints.add(&moved), "a moved repeat says something else");
    assert_eq!(prints.get(17), Some(fingerprint(&position(17))));
    assert_eq!(prints.between(17, 18).collect::<Vec<_>>(), [(17, 1_017)], "nor is it taken for an older one");
}

#[test]
fn everything_that_an_index_stores_changes_the_fingerprint() {
    let one = position(7);
    let others = [
        NewPosition { at: 1_008, ..one.clone() },
        NewPosition { position: [-47.929_23, -15.825_941], ..one.clone() },
        NewPosition { position: [-15.825_94, -47.929_23], ..one.clone() },
        NewPosition { finished: true, ..one.clone() },
        NewPosition { speed: 8.51, ..one.clone() },
        NewPosition { heading: 0.0, ..one.clone() },
        NewPosition { progress: 0.6, ..one.clone() },
    ];
    for other in &others {
        assert_ne!(fingerprint(&one), fingerprint(other), "{other:?}");
    }
    assert_eq!(fingerprint(&one), fingerprint(&NewPosition { client_id: "not kept here".into(), ..one.clone() }));
}
