use delivery_observability::Health;
use prometheus_client::registry::Registry;
use proptest::prelude::*;

use super::*;
use crate::metrics::Metrics;
use crate::protocol::subscription::{Form, Mode};

const KIND: Kind = Kind { mode: Mode::All, form: Form::Json, batch: false };

fn sent() -> Sent {
    Metrics::new(&mut Registry::default()).sent(KIND)
}

/// All clients of a shard, burst by burst.
fn walk(shard: &Shard) -> Vec<Arc<Slot>> {
    let (mut found, mut from) = (Vec::new(), Some(0));
    while let Some(begin) = from {
        let before = found.len();
        from = lock(&shard.0).burst(begin, &mut found);
        assert!(found.len() - before <= BURST);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Clients come and go, also in the middle of a walk: a walk finds each of the others once.
    #[test]
    fn a_walk_finds_each_client_once(comings in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..400)) {
        let writers = Writers::new(1);
        let sent = sent();
        let mut clients: Vec<Membership> = Vec::new();
        for (number, (comes, which)) in comings.into_iter().enumerate() {
            if comes || clients.is_empty() {
                clients.push(writers.join(number as u64, KIND, sent.clone()));
            } else {
                drop(clients.swap_remove(which.index(clients.len())));
            }
        }
        let shard = writers.shards().next().unwrap();
        let found = walk(shard);
        prop_assert_eq!(found.len(), clients.len());
        for client in &clients {
            prop_assert_eq!(found.iter().filter(|slot| Arc::ptr_eq(slot, &client.slot)).count(), 1);
        }
        drop(found);
        let mut found = Vec::new();
        let mut from = lock(&shard.0).burst(0, &mut found);
        drop(clients.drain(..clients.len() / 2));
        while let Some(begin) = from {
            from = lock(&shard.0).burst(begin, &mut found);
        }
        for client in &clients {
            prop_assert_eq!(found.iter().filter(|slot| Arc::ptr_eq(slot, &client.slot)).count(), 1);
        }
        drop(clients);
        prop_assert!(walk(shard).is_empty());
    }
}

#[test]
fn clients_are_spread_over_the_shards() {
    let writers = Writers::new(3);
    let sent = sent();
    let clients: Vec<_> = (0..30).map(|number| writers.join(number, KIND, sent.clone())).collect();
    assert!(writers.shards().all(|shard| walk(shard).len() == 10));
    drop(clients);
    assert_eq!(Writers::new(0).shards().count(), 1, "at least one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_hangs_makes_the_gateway_not_ready_until_it_goes_on() {
    let (health, live) = (Health::default(), Arc::new(Live::new(100_000)));
    let writers = Writers::new(1);
    let shard = Arc::clone(writers.shards().next().unwrap());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (hold, holds) = std::sync::mpsc::channel::<()>();
    let its_own = Arc::clone(&shard);
    let thread = std::thread::spawn(move || {
        let _slots = lock(&its_own.0);
        hold.send(()).unwrap();
        let _ = released.recv();
    });
    holds.recv().unwrap();
    // It begins with a walk.
    let heartbeat = health.heartbeat("writers", Duration::from_millis(200));
    tokio::spawn(run(shard, Arc::clone(&live), heartbeat));
    let until = async |is_so: &dyn Fn() -> bool| {
        for _ in 0..2_000 {
            if is_so() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within twenty seconds");
    };
    until(&|| health.loops() == [("writers", true)]).await;
    assert!(!health.is_ready());
    release.send(()).unwrap();
    thread.join().unwrap();
    until(&|| health.is_ready()).await;
    assert_eq!(health.loops(), [("writers", false)]);
}
