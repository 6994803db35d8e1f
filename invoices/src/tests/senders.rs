//! The model of the e-mails: several senders, killed at any step. Whatever happens, each e-mail arrives, and each copy after the first says so.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_observability::Health;
use delivery_observability::locks::lock;
use prometheus_client::registry::Registry;
use proptest::prelude::*;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::scheduler::{Scheduler, Turn};
use crate::domain::email::{EmailState, LEASE, Outcome};
use crate::domain::invoice::Invoice;
use crate::mail::mailer::Mailer;
use crate::mail::message::{Letter, RESENT_HEADER};
use crate::metrics::Metrics;
use crate::sender::watch::Watch;
use crate::sender::{FRESH, ROUND, Sender};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::testing;

/// A mail server that keeps what arrives: for each address, whether each copy says that it comes again.
#[derive(Default)]
struct Mailbox {
    arrived: Mutex<BTreeMap<String, Vec<bool>>>,
    /// What it answers; nothing: it takes the e-mail.
    answers: Mutex<Vec<Outcome>>,
}

impl Mailer for Mailbox {
    async fn send(&self, letter: &Letter) -> Outcome {
        tokio::task::yield_now().await;
        let answer = lock(&self.answers).pop();
        if matches!(answer, None | Some(Outcome::Sent | Outcome::InDoubt(_))) {
            let says_so = String::from_utf8_lossy(&letter.raw).contains(&format!("{RESENT_HEADER}: true"));
            lock(&self.arrived).entry(letter.envelope.to()[0].to_string()).or_default().push(says_so);
        }
        // Killed here, the server has it and nobody knows.
        tokio::task::yield_now().await;
        answer.unwrap_or(Outcome::Sent)
    }
}

/// A store, a mail server and a clock for some senders.
struct World {
    store: Arc<MemoryStore>,
    mailbox: Arc<Mailbox>,
    clock: Arc<AtomicI64>,
}

impl World {
    /// With so many invoices, each to an address of its own.
    async fn new(count: u32) -> Self {
        let store = Arc::new(MemoryStore::default());
        let world = Self { store, mailbox: Arc::default(), clock: Arc::new(AtomicI64::new(testing::NOW)) };
        for number in 1..=count {
            world.issue(number).await;
        }
        world
    }

    /// One more invoice, to an address of its own.
    async fn issue(&self, number: u32) -> Invoice {
        let mut invoice = testing::invoice(number);
        invoice.customer.email = format!("customer{number}@example.com");
        self.store.announce(&[invoice.id.clone()], testing::NOW).await.unwrap();
        self.store.add(std::slice::from_ref(&invoice)).await.unwrap();
        invoice
    }

    fn sender(&self) -> Sender<MemoryStore, Mailbox> {
        let clock = Arc::clone(&self.clock);
        Sender {
            store: Arc::clone(&self.store),
            mailer: Arc::clone(&self.mailbox),
            holder: uuid::Uuid::new_v4().to_string(),
            issuer: testing::issuer(),
            settings: testing::sender_settings(),
            connections: 3,
            give_up_after: 1_000_000_000,
            metrics: Metrics::new(&mut Registry::default()),
            clock: Arc::new(move || clock.load(Ordering::Relaxed)),
            watch: Watch::default(),
        }
    }

    fn pass(&self, milliseconds: i64) {
        self.clock.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn states(&self) -> Vec<EmailState> {
        let content = self.store.content();
        content.invoices.keys().map(|id| content.invoice(id).unwrap().email.state).collect()
    }

    /// How often each e-mail arrived. Every copy but the first must say that it comes again.
    fn copies(&self) -> Vec<usize> {
        let arrived = lock(&self.mailbox.arrived).clone();
        for (address, copies) in &arrived {
            assert!(copies.iter().skip(1).all(|says_so| *says_so), "{address}: {copies:?}");
        }
        arrived.values().map(Vec::len).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn each_email_arrives_and_a_kill_doubles_it_at_most_once(
        turns in proptest::collection::vec((any::<usize>(), 0_u8..40), 0..300),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let world = runtime.block_on(World::new(5));
        let kills = killed(&world, &turns);
        assert!(world.states().iter().all(|state| *state == EmailState::Sent), "{:?}", world.states());
        let copies = world.copies();
        assert_eq!(copies.len(), 5, "each arrives");
        assert!(copies.iter().all(|copies| *copies <= 1 + kills), "{copies:?} after {kills} kills");
        if kills == 0 {
            assert_eq!(copies, [1; 5], "without a kill each arrives once");
        }
    }
}

/// Two senders at a time, one turn in forty a kill; then one that goes on until all is settled. Returns the number of kills.
fn killed(world: &World, turns: &[(usize, u8)]) -> usize {
    let senders: Vec<_> = (0..2).map(|_| world.sender()).collect();
    let (mut scheduler, mut kills) = (Scheduler::default(), 0);
    for (chosen, kind) in turns {
        if scheduler.is_idle() {
            for sender in &senders {
                scheduler.start(async move {
                    sender.round().await.unwrap();
                });
            }
        }
        if scheduler.turn(*chosen, if *kind == 0 { Turn::Kill } else { Turn::Step }) {
            kills += 1;
            // What it had marked is left alone until its lease has ended.
            world.pass(if chosen.is_multiple_of(2) { LEASE } else { 1 });
        }
    }
    if !scheduler.is_idle() {
        drop(scheduler);
        kills += 1;
    }
    let last = world.sender();
    for _ in 0..20 {
        world.pass(LEASE);
        let mut scheduler = Scheduler::default();
        scheduler.start(async {
            last.round().await.unwrap();
        });
        while !scheduler.is_idle() {
            scheduler.turn(0, Turn::Step);
        }
    }
    kills
}

#[tokio::test]
async fn an_email_that_is_taken_leaves_the_queue_and_is_not_sent_again() {
    let world = World::new(10).await;
    let sender = world.sender();
    let round = sender.round().await.unwrap();
    assert_eq!((round.due, round.taken, round.settled), (10, 10, 10));
    assert_eq!(world.store.waiting().await.unwrap(), 0);
    world.pass(10 * LEASE);
    assert_eq!(sender.round().await.unwrap().due, 0);
    assert_eq!(world.copies(), [1; 10]);
}

#[tokio::test(start_paused = true)]
async fn what_was_just_issued_here_is_sent_without_a_look_at_the_queue_and_all_else_within_a_second() {
    let world = World::new(2).await;
    let (handed, fresh) = mpsc::channel(FRESH);
    let heartbeat = Health::default().heartbeat("sender", ROUND);
    let running = tokio::spawn(world.sender().run(fresh, heartbeat));
    let looks = async || {
        sleep(Duration::from_millis(200)).await;
        world.store.content().looks
    };
    let is_sent = || world.states().iter().all(|state| *state == EmailState::Sent);
    assert_eq!((looks().await, is_sent()), (1, true), "what was there before");
    handed.send(vec![world.issue(3).await, world.issue(4).await]).await.unwrap();
    assert_eq!((looks().await, is_sent()), (1, true));
    // What was handed over too late, or to another replica.
    let old = Invoice { issued_at: testing::NOW - 1_000, ..world.issue(5).await };
    handed.send(vec![old]).await.unwrap();
    assert_eq!((looks().await, is_sent()), (1, false));
    sleep(Duration::from_millis(500)).await;
    assert_eq!((looks().await, is_sent()), (2, true));
    // More than are taken at once.
    for number in 6..=32 {
        world.issue(number).await;
    }
    sleep(Duration::from_millis(800)).await;
    assert_eq!((looks().await, is_sent()), (4, true));
    running.abort();
    assert_eq!(world.copies(), [1; 32]);
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_over_and_found_in_the_queue_as_well_is_sent_once() {
    let world = World::new(0).await;
    let (handed, fresh) = mpsc::channel(FRESH);
    let health = Health::default();
    let running = tokio::spawn(world.sender().run(fresh, health.heartbeat("sender", ROUND)));
    sleep(Duration::from_millis(100)).await;
    let both = [world.issue(1).await, world.issue(2).await];
    world.sender().round().await.unwrap();
    handed.send(both.into()).await.unwrap();
    sleep(Duration::from_secs(3)).await;
    running.abort();
    assert_eq!(world.copies(), [1; 2]);
}

#[tokio::test]
async fn what_a_killed_sender_did_not_note_is_noted_by_the_next_so_that_lists_show_it() {
    let world = World::new(1).await;
    let (id, pending) = (testing::invoice(1).id, testing::invoice(1).email);
    let claimed = pending.claimed(testing::NOW, "killed").unwrap();
    let sent = claimed.after(&Outcome::Sent, testing::NOW, i64::MAX);
    world.store.content().emails.extend([((id.clone(), 0), claimed), ((id.clone(), 1), sent)]);
    world.pass(LEASE);
    world.sender().round().await.unwrap();
    assert!(world.copies().is_empty());
    let content = world.store.content();
    assert!(content.mails.is_empty());
    assert_eq!(content.invoices[&id].email.state, EmailState::Sent);
}

#[tokio::test]
async fn a_server_that_is_away_gets_everything_when_it_is_back() {
    let world = World::new(3).await;
    let sender = world.sender();
    for _ in 0..8 {
        let away = vec![Outcome::NotTaken("Connection error".to_owned()); 3];
        *lock(&world.mailbox.answers) = away;
        sender.round().await.unwrap();
        assert!(world.states().iter().all(|state| *state == EmailState::Pending));
        world.pass(60_000);
    }
    lock(&world.mailbox.answers).clear();
    sender.round().await.unwrap();
    assert!(world.states().iter().all(|state| *state == EmailState::Sent));
    assert_eq!(world.copies(), [1; 3]);
    assert!(lock(&world.mailbox.arrived).values().all(|copies| !copies[0]), "none was in doubt");
}

#[tokio::test]
async fn a_refused_recipient_holds_up_nobody_and_is_recorded() {
    let world = World::new(3).await;
    *lock(&world.mailbox.answers) = vec![Outcome::Refused("permanent error (550): no such user".to_owned())];
    let round = world.sender().round().await.unwrap();
    assert_eq!((round.due, round.settled), (3, 3));
    let states = world.states();
    let count = |wanted| states.iter().filter(|state| **state == wanted).count();
    assert_eq!((count(EmailState::Sent), count(EmailState::Bounced)), (2, 1));
}

#[tokio::test]
async fn an_address_that_is_none_bounces_without_asking_the_server() {
    let world = World::new(1).await;
    world.store.content().invoices.values_mut().for_each(|invoice| invoice.customer.email = "nobody".to_owned());
    world.sender().round().await.unwrap();
    assert_eq!(world.states(), [EmailState::Bounced]);
    assert!(world.copies().is_empty());
}

#[tokio::test]
async fn a_sender_whose_clock_is_behind_leaves_alone_what_another_is_sending() {
    let world = World::new(1).await;
    let (right, mut behind) = (world.sender(), world.sender());
    let clock = Arc::clone(&world.clock);
    behind.clock = Arc::new(move || clock.load(Ordering::Relaxed) - 3_600_000);
    let mut scheduler = Scheduler::default();
    scheduler.start(async {
        right.round().await.unwrap();
    });
    while !scheduler.is_idle() && world.states() != [EmailState::Sending] {
        scheduler.turn(0, Turn::Step);
    }
    assert_eq!(behind.round().await.unwrap().due, 0);
    while !scheduler.is_idle() {
        scheduler.turn(0, Turn::Step);
    }
    assert_eq!(world.copies(), [1]);
    assert_eq!(world.states(), [EmailState::Sent]);
}

#[tokio::test]
async fn a_broken_connection_may_double_an_email_that_then_says_so() {
    let world = World::new(1).await;
    *lock(&world.mailbox.answers) = vec![Outcome::InDoubt("network error".to_owned())];
    let sender = world.sender();
    sender.round().await.unwrap();
    world.pass(60_000);
    sender.round().await.unwrap();
    assert_eq!(world.copies(), [2]);
    assert_eq!(world.states(), [EmailState::Sent]);
}
