use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use prometheus_client::registry::Registry;

use super::*;
use crate::config::PerAddress;

fn budgets(per_address: PerAddress, factor: u32, now: Instant) -> Arc<Budgets> {
    let limits = Limits { per_address, all_addresses_factor: factor, ..Limits::default() };
    Arc::new(Budgets::new(&limits, Metrics::new(&mut Registry::default()), now))
}

fn address(number: u32) -> PeerAddress {
    PeerAddress::of(IpAddr::V4(Ipv4Addr::from(number)))
}

/// How many of so many requests are served.
fn served(budgets: &Budgets, budget: Budget, address: PeerAddress, requests: usize, now: Instant) -> usize {
    (0..requests).filter(|_| budgets.take(budget, address, now).is_ok()).count()
}

#[test]
fn an_address_gets_ten_seconds_worth_at_once_and_then_its_rate() {
    let now = Instant::now();
    let budgets = budgets(PerAddress { starts: 10, ..PerAddress::default() }, 5, now);
    assert_eq!(served(&budgets, Budget::Starts, address(1), 2_000, now), 100);
    let over = budgets.take(Budget::Starts, address(1), now).unwrap_err();
    assert_eq!(over.retry_after_seconds, 1, "whole seconds");
    assert_eq!(over.to_string(), "Your address has sent too many starts to this gateway. Try again in 1 s.");
    assert_eq!(served(&budgets, Budget::Starts, address(1), 2_000, now + Duration::from_secs(5)), 50);
    assert_eq!(served(&budgets, Budget::Commands, address(1), 1, now), 1, "another budget");
    assert_eq!(served(&budgets, Budget::Starts, address(2), 1, now), 1, "another address");
}

#[test]
fn all_addresses_together_have_a_budget_and_who_is_over_their_own_does_not_use_it_up() {
    let now = Instant::now();
    let budgets = budgets(PerAddress { commands: 1, ..PerAddress::default() }, 3, now);
    assert_eq!(served(&budgets, Budget::Commands, address(1), 1_000, now), 10);
    let all: usize = (2..100).map(|number| served(&budgets, Budget::Commands, address(number), 5, now)).sum();
    assert_eq!(all, 20);
    let over = budgets.take(Budget::Commands, address(101), now).unwrap_err();
    assert!(over.to_string().starts_with("All clients together have sent too many commands"), "{over}");
    assert_eq!(served(&budgets, Budget::Commands, address(101), 9, now + Duration::from_secs(1)), 3);
}

#[test]
fn zero_is_no_limit() {
    let now = Instant::now();
    let none = PerAddress { connections: 0, starts: 0, commands: 0, filters: 0, recipients: 0, history: 0 };
    let budgets = budgets(none, 1, now);
    for budget in [Budget::Starts, Budget::Commands, Budget::Filters, Budget::Recipients, Budget::History] {
        assert_eq!(served(&budgets, budget, address(1), 50_000, now), 50_000);
    }
}

#[test]
fn an_address_without_a_limit_of_its_own_does_not_keep_out_all_others() {
    let limits = Limits::default();
    let budgets = budgets(PerAddress { connections: 0, ..PerAddress::default() }, 5, Instant::now());
    for (kind, all) in [(Connection::Http, limits.http_connections), (Connection::WebSocket, limits.connections)] {
        let open: Vec<_> = (0..all).filter_map(|_| budgets.connect(kind, address(1))).collect();
        assert_eq!(open.len(), all - all / 32, "{kind:?}");
        assert!(budgets.connect(kind, address(2)).is_some());
    }
    assert!(lock(&budgets.open).is_empty(), "all are closed");
}

#[test]
fn open_connections_are_limited_by_kind_and_a_closed_one_makes_place() {
    let now = Instant::now();
    let budgets = budgets(PerAddress { connections: 2, ..PerAddress::default() }, 5, now);
    let first = budgets.connect(Connection::WebSocket, address(1)).unwrap();
    let _second = budgets.connect(Connection::WebSocket, address(1)).unwrap();
    assert!(budgets.connect(Connection::WebSocket, address(1)).is_none());
    assert!(budgets.connect(Connection::WebSocket, address(2)).is_some());
    let _http = budgets.connect(Connection::Http, address(1)).unwrap();
    drop(first);
    assert!(budgets.connect(Connection::WebSocket, address(1)).is_some());
    assert_eq!(lock(&budgets.open).len(), 1, "an address without a connection is forgotten");
}
