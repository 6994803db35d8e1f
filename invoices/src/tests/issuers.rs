//! The model of the numbering: several issuers, killed at any step, and records that come again. Whatever happens, each purchase has one
//! invoice and one number, and no number is missing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::scheduler::{Scheduler, Turn};
use crate::domain::invoice::Order;
use crate::issuing::Issuing;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::testing;

/// The purchases of a batch.
fn orders(first: u32, count: u32) -> Vec<Order> {
    (first..first + count).map(testing::order).collect()
}

/// Checks what must hold at any time: the numbers of the invoices are 1 to their count, each once, and none that is noted lacks its invoice.
fn holds_meanwhile(store: &MemoryStore) {
    let content = store.content();
    let numbers: BTreeSet<u32> = content.invoices.values().map(|invoice| invoice.number).collect();
    let count = u32::try_from(content.invoices.len()).unwrap();
    assert_eq!(numbers, (1..=count).collect(), "a number is missing or given twice");
    assert!(content.last.values().all(|last| *last <= count), "a number is noted that no invoice has");
}

/// Checks what holds when nobody is at work any more and every record was settled.
fn holds_at_last(store: &MemoryStore, purchases: &BTreeSet<u32>) {
    holds_meanwhile(store);
    let content = store.content();
    let ids: BTreeSet<String> = purchases.iter().map(|number| testing::purchase(*number).purchase_id).collect();
    assert_eq!(content.invoices.keys().cloned().collect::<BTreeSet<_>>(), ids, "each purchase has its invoice");
    for invoice in content.invoices.values() {
        assert!(content.outbox.contains_key(&invoice.id), "each invoice is published");
        assert!(content.mails.contains_key(&invoice.id), "each invoice is sent");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_purchase_has_one_number_and_no_number_is_missing_wherever_issuers_are_killed(
        batches in proptest::collection::vec((1_u32..12, 1_u32..5), 1..8),
        turns in proptest::collection::vec((any::<usize>(), 0_u8..40), 0..600),
    ) {
        issued(&batches, &turns);
    }
}

/// Starts an issuer for each batch, which is the number of its first purchase and how many it has, gives turns, one in forty of which is a kill, then settles whatever was not committed, as the group does.
fn issued(batches: &[(u32, u32)], turns: &[(usize, u8)]) {
    let store = Arc::new(MemoryStore::default());
    let committed = RefCell::new(BTreeSet::new());
    let mut scheduler = Scheduler::default();
    for (place, (first, count)) in batches.iter().enumerate() {
        let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
        let committed = &committed;
        scheduler.start(async move {
            issuing.issue(&orders(*first, *count), || testing::NOW).await.unwrap();
            committed.borrow_mut().insert(place);
        });
    }
    for (chosen, kind) in turns {
        scheduler.turn(*chosen, if *kind == 0 { Turn::Kill } else { Turn::Step });
        holds_meanwhile(&store);
    }
    // Those that are left die as well; their records, and those of the killed, are read again.
    drop(scheduler);
    let mut again = Scheduler::default();
    let mut purchases = BTreeSet::new();
    for (place, (first, count)) in batches.iter().enumerate() {
        purchases.extend(*first..first + count);
        if !committed.borrow().contains(&place) {
            let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
            again.start(async move { drop(issuing.issue(&orders(*first, *count), || testing::NOW).await.unwrap()) });
        }
    }
    let mut turn = 0;
    while !again.is_idle() {
        again.turn(turn, Turn::Step);
        holds_meanwhile(&store);
        turn += 1;
    }
    holds_at_last(&store, &purchases);
}

#[test]
fn an_issuer_that_is_killed_leaves_no_gap_at_any_step() {
    // Each issuer is killed one step later than the one before, until one gets through.
    let mut steps = 0;
    loop {
        let store = Arc::new(MemoryStore::default());
        let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
        let mut scheduler = Scheduler::default();
        scheduler.start(async move { drop(issuing.issue(&orders(1, 3), || testing::NOW).await.unwrap()) });
        for _ in 0..steps {
            scheduler.turn(0, Turn::Step);
        }
        let is_through = scheduler.is_idle();
        drop(scheduler);
        // Another replica gets other purchases first, then those that were not committed.
        let other = Issuing::new(Arc::clone(&store), testing::issuer());
        let mut scheduler = Scheduler::default();
        scheduler.start(async move {
            other.issue(&orders(10, 2), || testing::NOW).await.unwrap();
            other.issue(&orders(1, 3), || testing::NOW).await.unwrap();
        });
        while !scheduler.is_idle() {
            scheduler.turn(0, Turn::Step);
            holds_meanwhile(&store);
        }
        holds_at_last(&store, &BTreeSet::from([1, 2, 3, 10, 11]));
        if is_through {
            break;
        }
        steps += 1;
    }
    assert!(steps > 10, "{steps} steps");
}

#[test]
fn an_issuer_that_others_outrun_does_not_look_through_all_invoices() {
    let store = Arc::new(MemoryStore::default());
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    let mut slow = Scheduler::default();
    slow.start(async move { drop(issuing.issue(&orders(1, 1), || testing::NOW).await.unwrap()) });
    // Another one issues an invoice between any two of its steps, so that it loses each race.
    for other in 2..200 {
        slow.turn(0, Turn::Step);
        let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
        let mut fast = Scheduler::default();
        fast.start(async move { drop(issuing.issue(&orders(other, 1), || testing::NOW).await.unwrap()) });
        while !fast.is_idle() {
            fast.turn(0, Turn::Step);
        }
    }
    assert!(!slow.is_idle(), "it has lost each race");
    assert_eq!(store.content().searches, 0, "the noted number has moved before each attempt");
    while !slow.is_idle() {
        slow.turn(0, Turn::Step);
    }
    holds_at_last(&store, &(1..200).collect());
}

#[tokio::test]
async fn a_whole_log_that_is_read_again_issues_nothing_more() {
    let store = Arc::new(MemoryStore::default());
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    let all = orders(1, 120);
    assert_eq!(issuing.issue(&all, || testing::NOW).await.unwrap().len(), 120);
    let again = Issuing::new(Arc::clone(&store), testing::issuer());
    assert!(again.issue(&all, || testing::NOW).await.unwrap().is_empty());
    holds_at_last(&store, &(1..=120).collect());
}

#[tokio::test]
async fn purchases_that_are_new_are_not_looked_up_one_by_one_and_one_among_them_that_is_known_gets_no_second_number() {
    let store = Arc::new(MemoryStore::default());
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    issuing.issue(&orders(1, 50), || testing::NOW).await.unwrap();
    assert!(store.content().looked_up <= 2, "{} were looked up", store.content().looked_up);
    let mut mixed = orders(51, 10);
    mixed.insert(5, testing::order(7));
    let issued = issuing.issue(&mixed, || testing::NOW).await.unwrap();
    let numbers: Vec<u32> = issued.iter().map(|invoice| invoice.number).collect();
    assert_eq!(numbers, (51..=60).collect::<Vec<_>>());
    holds_at_last(&store, &(1..=60).collect());
}

#[tokio::test]
async fn a_note_of_the_last_number_that_is_lost_or_behind_costs_nothing_but_time() {
    let store = Arc::new(MemoryStore::default());
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    issuing.issue(&orders(1, 3), || testing::NOW).await.unwrap();
    for (place, note) in [(4, None), (5, Some(1)), (6, Some(0))] {
        store.content().last = note.map(|last| (1, last)).into_iter().collect();
        let issued = issuing.issue(&orders(place, 1), || testing::NOW).await.unwrap();
        assert_eq!(issued[0].number, place);
    }
    assert_eq!(store.known(&["x".to_owned()]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_an_issuer_has_added_before_another_was_faster_is_its_own() {
    let store = Arc::new(MemoryStore::default());
    // Another issuer has given the number 2 to a purchase, and noted nothing.
    store.add(&[testing::invoice(1), testing::issued(&testing::purchase(9), 2)]).await.unwrap();
    store.content().last.insert(1, 1);
    assert_eq!(store.add(&[testing::issued(&testing::purchase(5), 2)]).await.unwrap(), 0);
    let three = [testing::issued(&testing::purchase(5), 3), testing::issued(&testing::purchase(9), 4)];
    assert_eq!(store.add(&three).await.unwrap(), 1, "the second has its invoice");
    holds_meanwhile(&store);
}
