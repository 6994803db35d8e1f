use std::net::{IpAddr, Ipv4Addr};

use super::*;

fn address(number: u32) -> PeerAddress {
    PeerAddress::of(IpAddr::V4(Ipv4Addr::from(number)))
}

/// How many of so many requests are served.
fn served<const KINDS: usize>(
    budgets: &Budgets<KINDS>,
    kind: usize,
    address: PeerAddress,
    requests: usize,
    now: Instant,
) -> usize {
    (0..requests).filter(|_| budgets.take(kind, address, now).is_ok()).count()
}

#[test]
fn an_address_gets_ten_seconds_worth_at_once_and_then_its_rate() {
    let now = Instant::now();
    let budgets = Budgets::new([10, 10], 5, now);
    assert_eq!(served(&budgets, 0, address(1), 2_000, now), 100);
    let over = budgets.take(0, address(1), now).unwrap_err();
    assert_eq!((over.name(), over.whose(), over.retry_after_seconds()), ("address", "Your address has", 1));
    assert_eq!(served(&budgets, 0, address(1), 2_000, now + Duration::from_secs(5)), 50);
    assert_eq!(served(&budgets, 1, address(1), 1, now), 1, "another budget");
    assert_eq!(served(&budgets, 0, address(2), 1, now), 1, "another address");
    assert_eq!(served(&budgets, 7, address(1), 1, now), 1, "what has no budget");
}

#[test]
fn all_addresses_together_have_a_budget_and_who_is_over_their_own_does_not_use_it_up() {
    let now = Instant::now();
    let budgets = Budgets::new([1], 3, now);
    assert_eq!(served(&budgets, 0, address(1), 1_000, now), 10);
    let all: usize = (2..100).map(|number| served(&budgets, 0, address(number), 5, now)).sum();
    assert_eq!(all, 20);
    let over = budgets.take(0, address(101), now).unwrap_err();
    assert_eq!((over.name(), over.whose()), ("all", "All clients together have"));
    assert_eq!(served(&budgets, 0, address(101), 9, now + Duration::from_secs(1)), 3);
}

#[test]
fn zero_is_no_limit_and_nothing_has_to_be_remembered() {
    let now = Instant::now();
    let budgets = Budgets::new([0, 0], 1, now);
    for kind in 0..2 {
        assert_eq!(served(&budgets, kind, address(1), 50_000, now), 50_000);
    }
    assert!(lock(&budgets.table).peers.is_empty());
}

#[test]
fn an_address_is_idle_once_its_buckets_are_full() {
    assert_eq!(IDLE.as_secs(), u64::from(BURST_SECONDS));
}

#[test]
fn the_table_is_bounded_and_forgets_only_the_idle() {
    let now = Instant::now();
    let budgets = Budgets::new([1], 1_000_000, now);
    for number in 1..=20_000 {
        assert!(budgets.take(0, address(number), now).is_ok() || number > 10_000, "{number}");
    }
    assert_eq!(lock(&budgets.table).peers.len(), MAX_PEERS);
    assert_eq!(served(&budgets, 0, address(30_000), 10, now), 0, "those on top share one budget");
    let soon = now + IDLE / 2;
    assert_eq!(served(&budgets, 0, address(1), 20, soon), 10, "an address that is known");
    let later = now + IDLE;
    assert_eq!(served(&budgets, 0, address(30_001), 20, later), 10, "the idle have made place");
    let table = lock(&budgets.table);
    assert_eq!(table.peers.len(), 2);
    for number in [1, 30_001] {
        assert!(table.peers.contains_key(&address(number)), "{number}");
    }
}
