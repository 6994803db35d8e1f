use super::*;

fn address(text: &str) -> PeerAddress {
    PeerAddress::of(text.parse().unwrap())
}

#[test]
fn one_address_leaves_places_to_others_and_a_closed_connection_makes_place() {
    let all = OpenConnections::of(64);
    let mut greedy: Vec<_> = (0..64).filter_map(|_| all.open(address("192.0.2.1"))).collect();
    assert_eq!(greedy.len(), 62);
    let other = all.open(address("192.0.2.2")).expect("another address");
    greedy.pop();
    greedy.push(all.open(address("192.0.2.1")).expect("there is place again"));
    drop((greedy, other));
    assert!(lock(&all.counts).is_empty(), "an address without a connection is forgotten");
    assert_eq!((0..9).filter_map(|_| OpenConnections::of(1).open(address("192.0.2.1"))).count(), 9, "a port for one");
}
