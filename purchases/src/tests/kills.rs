//! A relay that is killed at any instant, again and again, against what the store and the log hold in the end. There are two replicas: what is
//! stored by the one whose relay works is handed over in memory, and lost with its process or its term, and what the other stores is listed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::{Millis, Topic};
use prometheus_client::registry::Registry;
use proptest::prelude::*;
use tokio::sync::mpsc;

use crate::config::PaymentsConfig;
use crate::domain::purchase::{Purchase, State};
use crate::handover::{self, Handover, Intake};
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::relay::failure::Failure;
use crate::relay::hand::{self, Taken};
use crate::relay::payer::{POLL, Payer, Settled, channel};
use crate::relay::publisher::Publisher;
use crate::store::Store;
use crate::store::recorder::store_and_pass_on;
use crate::testing::log::MemoryLog;
use crate::testing::store::MemoryStore;
use crate::testing::{NOW, purchase};

/// The customer whose payments are refused.
const REFUSED: usize = 3;

/// The relay of one term, as two halves that are driven in turn.
struct Worker {
    payer: Payer<MemoryStore>,
    publisher: Publisher<MemoryStore, MemoryLog>,
    approved: mpsc::Receiver<Taken>,
}

struct World {
    store: Arc<MemoryStore>,
    log: Arc<MemoryLog>,
    term: u32,
    begun: Instant,
    /// Milliseconds since then.
    time: u32,
    /// Up to when customers are forgotten.
    erased: HashMap<usize, Millis>,
    /// The ways to the relays of the replicas.
    handovers: [Arc<Handover>; 2],
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let log = Arc::new(MemoryLog::new(&store));
        let handovers = [Arc::default(), Arc::default()];
        Self { store, log, term: 0, begun: Instant::now(), time: 0, erased: HashMap::new(), handovers }
    }

    /// A worker of the first replica that begins the next term.
    fn worker(&mut self) -> Worker {
        self.worker_of(0)
    }

    /// A worker of a replica that begins the next term.
    fn worker_of(&mut self, replica: usize) -> Worker {
        self.term += 1;
        let config = PaymentsConfig {
            delay_milliseconds: 5,
            refused_customers: vec![format!("customer{REFUSED}@example.com")],
            ..PaymentsConfig::default()
        };
        let (sender, approved) = channel();
        let (settled, metrics) = (Settled::default(), Metrics::new(&mut Registry::default()));
        let payments = Arc::new(Payments::new(&config));
        let (store, log) = (Arc::clone(&self.store), Arc::clone(&self.log));
        let intake = Intake::new(Arc::clone(&self.handovers[replica]));
        let its = Arc::clone(&settled);
        let payer = Payer::new(Arc::clone(&store), payments, metrics.clone(), self.term, intake, sender, its);
        Worker { payer, publisher: Publisher::new(store, log, metrics, settled), approved }
    }

    /// One round of both halves; at most `batch` purchases are published at a time.
    async fn round(&mut self, worker: &mut Worker, batch: usize) -> Result<(), Failure> {
        self.pay(worker).await?;
        let at = NOW + i64::from(self.time);
        loop {
            let approved: Vec<Taken> = std::iter::from_fn(|| worker.approved.try_recv().ok()).take(batch).collect();
            if approved.is_empty() {
                return Ok(());
            }
            worker.publisher.publish(&approved, || at + 1).await?;
        }
    }

    /// One round of the payer, which looks at the list of those under way.
    async fn pay(&mut self, worker: &mut Worker) -> Result<(), Failure> {
        self.time += u32::try_from(POLL.as_millis()).unwrap();
        let (at, now) = (NOW + i64::from(self.time), self.begun + Duration::from_millis(self.time.into()));
        worker.payer.round(at, now).await?;
        Ok(())
    }

    /// Works until nothing is left to be done, without a failure.
    async fn finish(&mut self) {
        self.store.mend();
        self.log.mend();
        let mut worker = self.worker();
        for _ in 0..20 {
            self.round(&mut worker, 7).await.unwrap();
        }
    }

    /// Forgets a customer, as far as nothing is left to be done.
    async fn erase(&mut self, customer: usize) {
        let (id, at) = (purchase("", customer).order.customer.id, NOW + i64::from(self.time));
        self.store.note_erased(&id, at).await.unwrap();
        self.store.forget(&id, at).await.unwrap();
        self.erased.insert(customer, at);
    }

    /// What must hold in the end, whatever has happened.
    fn check(&self) -> Result<(), TestCaseError> {
        let (purchases, events) = (self.store.all(), self.log.events());
        prop_assert_eq!(self.store.waiting(), 0);
        let written: HashSet<&str> = events.iter().map(|event| event.purchase_id.as_str()).collect();
        let customer = |number: usize| purchase("", number).order.customer.id;
        for purchase in &purchases {
            let is_refused = purchase.order.customer.id == customer(REFUSED);
            let expected = if is_refused { State::Failed } else { State::Approved };
            prop_assert_eq!(purchase.state, expected, "{}", &purchase.id);
            prop_assert!(!purchase.is_open(), "{}", &purchase.id);
            prop_assert_eq!(written.contains(purchase.id.as_str()), !is_refused, "{}", &purchase.id);
            let mut erased = self.erased.iter().filter(|(number, _)| purchase.order.customer.id == customer(**number));
            let is_erased = erased.any(|(_, at)| purchase.created_at <= *at);
            prop_assert_eq!(purchase.order.customer.email.as_str().is_empty(), is_erased, "{}", &purchase.id);
        }
        // Whatever comes twice is the same.
        let mut first: HashMap<&str, &delivery_messages::Purchase> = HashMap::new();
        for event in &events {
            prop_assert_eq!(*first.entry(&event.purchase_id).or_insert(event), event);
        }
        Ok(())
    }

    /// The events of each customer first come in the order of the decisions, and each request for a delivery after its event.
    fn check_order(&self) -> Result<(), TestCaseError> {
        let purchases: HashMap<String, Purchase> =
            self.store.all().into_iter().map(|purchase| (purchase.id.clone(), purchase)).collect();
        let (mut seen, mut last) = (HashSet::new(), HashMap::new());
        for event in self.log.events() {
            if seen.insert(event.purchase_id.clone()) {
                let sequence = purchases[&event.purchase_id].sequence;
                let before = last.insert(event.customer.id.clone(), sequence);
                prop_assert!(before.is_none_or(|before| before < sequence), "{} comes too late", &event.purchase_id);
            }
        }
        let (mut bought, mut requested) = (HashSet::new(), HashSet::new());
        for record in self.log.records() {
            let value: serde_json::Value = serde_json::from_slice(&record.value).unwrap_or_default();
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            if record.topic == Topic::Purchase {
                bought.insert(text("purchaseId"));
            } else {
                prop_assert!(bought.contains(&text("requestId")));
                requested.insert(text("requestId"));
            }
        }
        prop_assert_eq!(bought, requested, "each is to be delivered");
        Ok(())
    }
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A customer buys at a replica.
    Buy { customer: usize, replica: usize },
    /// A purchase is stored, and the process that stored it is killed before it has handed it over or put it on the list of those under way.
    BuyAndDie(usize),
    /// So much time passes that everything that is open is looked at.
    Wait,
    /// The worker's term ends without a kill, and its process begins the next one.
    BeginAnew,
    /// A customer is erased.
    Erase(usize),
    /// The worker goes on for a round.
    Work { batch: usize },
    /// The worker is killed during a command of the store, and the one of the other replica begins.
    KillInStore { commands: usize, carried_out: usize },
    /// The worker is killed while it writes to the log, and the one of the other replica begins.
    KillInLog { writes: usize, carried_out: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4_usize, 0..2_usize).prop_map(|(customer, replica)| Step::Buy { customer, replica }),
        1 => (0..4_usize).prop_map(Step::BuyAndDie),
        1 => Just(Step::Wait),
        1 => Just(Step::BeginAnew),
        1 => (0..4_usize).prop_map(Step::Erase),
        3 => (1..5_usize).prop_map(|batch| Step::Work { batch }),
        2 => (0..16_usize, 0..4_usize)
            .prop_map(|(commands, carried_out)| Step::KillInStore { commands, carried_out }),
        2 => (0..3_usize, 0..4_usize).prop_map(|(writes, carried_out)| Step::KillInLog { writes, carried_out }),
    ]
}

/// Runs a future that needs no clock and no I/O.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A purchase that is made now.
fn bought(world: &World, number: usize, customer: usize) -> Purchase {
    Purchase { created_at: NOW + i64::from(world.time), ..purchase(&format!("p{number:03}"), customer) }
}

async fn buy(world: &World, number: usize, customer: usize, replica: usize) -> String {
    let purchase = bought(world, number, customer);
    let id = purchase.id.clone();
    store_and_pass_on(&*world.store, &world.handovers[replica], vec![purchase]).await.unwrap();
    id
}

async fn under_kills(steps: &[Step]) -> World {
    let mut world = World::new();
    let mut replica = 0;
    let mut worker = world.worker_of(replica);
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Buy { customer, replica } => drop(buy(&world, number, *customer, *replica).await),
            Step::BuyAndDie(customer) => {
                let purchase = bought(&world, number, *customer);
                world.store.insert(&[purchase]).await.unwrap();
            }
            Step::Wait => world.time += 61_000,
            Step::BeginAnew => worker = world.worker_of(replica),
            Step::Erase(customer) => world.erase(*customer).await,
            Step::Work { batch } => world.round(&mut worker, *batch).await.unwrap(),
            Step::KillInStore { commands, carried_out } => {
                world.store.fail_after(*commands, *carried_out);
                let mut rounds = 0;
                while rounds < 5 && world.round(&mut worker, 2).await.is_ok() {
                    rounds += 1;
                }
                world.store.mend();
                replica = 1 - replica;
                worker = world.worker_of(replica);
            }
            Step::KillInLog { writes, carried_out } => {
                world.log.fail_after(*writes, *carried_out);
                let mut rounds = 0;
                while rounds < 5 && world.round(&mut worker, 2).await.is_ok() {
                    rounds += 1;
                }
                world.log.mend();
                replica = 1 - replica;
                worker = world.worker_of(replica);
            }
        }
    }
    drop(worker);
    world.finish().await;
    world
}

proptest! {
    #[test]
    fn however_often_it_is_killed_each_approved_purchase_is_in_the_log_in_order_and_each_has_one_outcome(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let world = block_on(under_kills(&steps));
        world.check()?;
        world.check_order()?;
    }

    /// A process that was paused for longer than its term does not know that another works.
    #[test]
    fn two_that_both_believe_that_they_work_do_no_harm(
        turns in proptest::collection::vec((any::<bool>(), 0..4_usize, 0..2_usize, 1..4_usize), 1..40),
    ) {
        let world = block_on(async {
            let mut world = World::new();
            let (mut one, mut other) = (world.worker_of(0), world.worker_of(1));
            for (number, (first, customer, replica, batch)) in turns.iter().enumerate() {
                buy(&world, number, *customer, *replica).await;
                let worker = if *first { &mut one } else { &mut other };
                world.round(worker, *batch).await.unwrap();
            }
            drop((one, other));
            world.finish().await;
            world
        });
        world.check()?;
    }
}

#[test]
fn without_a_kill_each_approved_purchase_is_in_the_log_exactly_once() {
    let world = block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        for number in 0..40 {
            buy(&world, number, number % 4, number % 2).await;
            if number % 4 == 3 {
                world.round(&mut worker, 3).await.unwrap();
            }
        }
        for _ in 0..3 {
            world.round(&mut worker, 3).await.unwrap();
        }
        world
    });
    world.check().unwrap();
    world.check_order().unwrap();
    let approved = world.store.all().iter().filter(|purchase| purchase.state == State::Approved).count();
    assert_eq!(approved, 30);
    assert_eq!(world.log.events().len(), approved);
}

#[test]
fn what_is_handed_over_is_never_on_the_list_nor_taken_off_it() {
    let world = block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.round(&mut worker, 3).await.unwrap();
        for number in 0..40 {
            buy(&world, number, number % 4, 0).await;
            assert_eq!(world.store.waiting(), 0);
        }
        for _ in 0..3 {
            world.round(&mut worker, 7).await.unwrap();
        }
        world
    });
    world.check().unwrap();
    world.check_order().unwrap();
    assert_eq!(world.store.settled(), 0);
}

#[test]
fn a_purchase_that_came_on_no_way_is_found_within_a_minute() {
    block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.round(&mut worker, 3).await.unwrap();
        let purchase = bought(&world, 0, 1);
        let id = purchase.id.clone();
        world.store.insert(&[purchase]).await.unwrap();
        world.round(&mut worker, 3).await.unwrap();
        assert_eq!(world.store.find(&id).await.unwrap().unwrap().state, State::Pending);
        world.time += 60_000;
        world.round(&mut worker, 3).await.unwrap();
        world.round(&mut worker, 3).await.unwrap();
        assert_eq!(world.store.find(&id).await.unwrap().unwrap().state, State::Approved);
        assert_eq!(world.log.events().len(), 1);
    });
}

/// A number of purchases of customers whose payments are not refused.
fn many(prefix: &str, count: usize) -> Vec<Purchase> {
    (0..count).map(|number| purchase(&format!("{prefix}{number:03}"), number % 3)).collect()
}

fn approved(world: &World) -> usize {
    world.store.all().iter().filter(|purchase| purchase.state == State::Approved).count()
}

#[test]
fn while_the_log_is_away_payments_go_on_until_the_hand_is_full() {
    block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.store.insert_listed(&many("p", 600)).await;
        for _ in 0..3 {
            world.pay(&mut worker).await.unwrap();
        }
        assert_eq!(approved(&world), hand::MAX, "the rest waits in the store");
        assert!(world.log.records().is_empty());
        for _ in 0..5 {
            world.round(&mut worker, 128).await.unwrap();
        }
        world.check().unwrap();
        world.check_order().unwrap();
    });
}

#[test]
fn a_full_hand_and_all_that_was_handed_over_are_taken_up_by_the_next_term_at_once() {
    block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.pay(&mut worker).await.unwrap();
        for prefix in ["p", "q"] {
            store_and_pass_on(&*world.store, &world.handovers[0], many(prefix, hand::MAX)).await.unwrap();
            world.pay(&mut worker).await.unwrap();
            world.pay(&mut worker).await.unwrap();
        }
        assert_eq!((approved(&world), world.store.waiting()), (hand::MAX, 0));
        store_and_pass_on(&*world.store, &world.handovers[0], many("r", 1)).await.unwrap();
        assert_eq!(world.store.waiting(), 1, "there is no room for this one");
        drop(worker);
        let mut worker = world.worker_of(1);
        for _ in 0..5 {
            world.round(&mut worker, 128).await.unwrap();
        }
        assert_eq!(approved(&world), hand::MAX + handover::MAX + 1);
        world.check().unwrap();
        world.check_order().unwrap();
    });
}

#[test]
fn while_there_is_more_on_the_list_than_the_hand_holds_nothing_is_handed_over() {
    block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.round(&mut worker, 128).await.unwrap();
        world.store.insert_listed(&many("l", 600)).await;
        let before = bought(&world, 0, 1);
        store_and_pass_on(&*world.store, &world.handovers[0], vec![before]).await.unwrap();
        assert_eq!(world.store.waiting(), 600, "the list was not looked at yet");
        world.pay(&mut worker).await.unwrap();
        assert_eq!(world.store.waiting(), 601, "what was handed over before waits for its turn there");
        buy(&world, 1, 1, 0).await;
        assert_eq!(world.store.waiting(), 602);
        for _ in 0..8 {
            world.round(&mut worker, 128).await.unwrap();
        }
        world.check().unwrap();
        world.check_order().unwrap();
        buy(&world, 2, 1, 0).await;
        assert_eq!(world.store.waiting(), 0, "it is handed over again");
    });
}

#[test]
fn purchases_of_other_replicas_are_taken_however_many_are_handed_over() {
    block_on(async {
        let mut world = World::new();
        let mut worker = world.worker();
        world.round(&mut worker, 128).await.unwrap();
        for round in 0..4 {
            if round == 1 {
                buy(&world, 0, 1, 1).await;
            }
            if round < 2 {
                let purchases = many(&format!("{round}-"), handover::MAX);
                store_and_pass_on(&*world.store, &world.handovers[0], purchases).await.unwrap();
            }
            world.round(&mut worker, 128).await.unwrap();
        }
        let taken = world.store.find("p000").await.unwrap().unwrap();
        assert_eq!(taken.state, State::Approved);
    });
}

#[tokio::test]
async fn a_purchase_of_a_clock_that_was_ahead_is_paid_although_it_is_on_no_list() {
    let mut world = World::new();
    let mut worker = world.worker();
    let later = |seconds: u32| (NOW + i64::from(seconds) * 1_000, world.begun + Duration::from_secs(seconds.into()));
    let (at, now) = later(0);
    worker.payer.round(at, now).await.unwrap();
    let ahead = Purchase { created_at: NOW + 60 * 86_400_000, ..purchase("p1", 1) };
    world.store.insert(&[ahead]).await.unwrap();
    for seconds in [61, 62] {
        let (at, now) = later(seconds);
        worker.payer.round(at, now).await.unwrap();
    }
    assert_eq!(world.store.find("p1").await.unwrap().unwrap().state, State::Approved);
}
