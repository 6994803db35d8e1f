use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use delivery_kafka::KafkaConfig;
use tokio::sync::oneshot;

use super::*;
use crate::log::connection::Log;
use crate::testing::lease::LeaseServer;

/// Counts the terms, and the tasks of them that are there.
#[derive(Clone, Default)]
struct Counted {
    begun: Arc<AtomicUsize>,
    running: Arc<()>,
}

impl Counted {
    /// A term with one task, which does not end by itself, or fails.
    fn begin(&self, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) -> anyhow::Result<Term> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let kafka = KafkaConfig {
            bootstrap_servers: "127.0.0.1:1".to_owned(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        let (_, leading) = watch::channel(false);
        let log = Arc::new(Log::open(&kafka, LeadershipGuard::default(), leading, Metrics::default())?);
        let (mut tasks, running) = (Tasks::part(), Arc::clone(&self.running));
        tasks.drain("the leader's", async move {
            let ended = task.await;
            drop(running);
            ended
        });
        Ok(Term { tasks, log })
    }

    fn running(&self) -> usize {
        Arc::strong_count(&self.running) - 1
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_loses_the_lease_ends_its_term_and_begins_another_in_the_same_process() {
    let (server, client) = LeaseServer::start();
    let (election, guard) = LeaseServer::candidate(client);
    let (counted, (end, ends)) = (Counted::default(), oneshot::channel::<()>());
    let terms = counted.clone();
    let process = tokio::spawn(take_turns(
        election,
        || (),
        move || terms.begin(std::future::pending()),
        STAND_DOWN,
        async move {
            drop(ends.await);
        },
    ));
    until("it leads", || guard.holds()).await;
    server.give("b");
    until("it stands by again", || !guard.holds() && counted.begun.load(Ordering::SeqCst) == 2).await;
    until("nothing of the first term is left", || counted.running() == 2).await;
    server.give("");
    until("it leads again", || guard.holds()).await;
    assert_eq!(counted.begun.load(Ordering::SeqCst), 2, "becoming the leader begins no term");
    assert!(!process.is_finished());
    // A clean stop, which ends the tasks first and releases the Lease last. The task here does not end by itself.
    end.send(()).unwrap();
    process.await.unwrap().unwrap();
    assert_eq!((counted.running(), server.holder().as_deref()), (0, Some("")));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_ends_the_process_and_the_lease_is_free() {
    let (server, client) = LeaseServer::start();
    let (election, guard) = LeaseServer::candidate(client);
    let process = take_turns(
        election,
        || (),
        || {
            let guard = guard.clone();
            Counted::default().begin(async move {
                until("it leads", || guard.holds()).await;
                anyhow::bail!("It is gone.")
            })
        },
        STAND_DOWN,
        std::future::pending(),
    );
    let error = process.await.unwrap_err();
    assert_eq!(format!("{error:#}"), "The task \"the leader's\" failed.: It is gone.");
    assert_eq!(server.holder().as_deref(), Some(""));
}

#[test]
fn a_task_that_does_not_end_after_the_lease_is_lost_ends_the_process() {
    // The runtime's own thread is not the one that is held up.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap();
    let outcome = runtime.block_on(async {
        let (server, client) = LeaseServer::start();
        let (election, guard) = LeaseServer::candidate(client);
        let taken = server.clone();
        let process = take_turns(
            election,
            || (),
            || {
                let (guard, taken, gate) = (guard.clone(), taken.clone(), Arc::clone(&gate));
                Counted::default().begin(async move {
                    until("it leads", || guard.holds()).await;
                    taken.give("b");
                    // Not on the worker's own thread: if it were the one that waits for timers, no other would go on in its place.
                    tokio::task::block_in_place(|| drop(gate.lock()));
                    Ok(())
                })
            },
            Duration::from_millis(100),
            std::future::pending(),
        );
        process.await
    });
    drop(closed);
    runtime.shutdown_background();
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.starts_with("The Lease is lost, and the process cannot stand by again"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn when_a_topic_was_made_anew_another_term_begins_and_the_lease_stays() {
    let (server, client) = LeaseServer::start();
    let (election, guard) = LeaseServer::candidate(client);
    let counted = Counted::default();
    let (terms, held) = (counted.clone(), guard.clone());
    let process = tokio::spawn(take_turns(
        election,
        || (),
        move || {
            let (first, guard) = (terms.begun.load(Ordering::SeqCst) == 0, held.clone());
            terms.begin(async move {
                until("it leads", || guard.holds()).await;
                if first {
                    let renewal = Renewal::Recreated { topic: "delivery.plan".to_owned() };
                    return Err(FollowError::from(renewal).into());
                }
                std::future::pending().await
            })
        },
        STAND_DOWN,
        std::future::pending(),
    ));
    until("another term begins", || counted.begun.load(Ordering::SeqCst) == 2).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(guard.holds() && !process.is_finished());
    assert_eq!((counted.begun.load(Ordering::SeqCst), counted.running()), (2, 2));
    assert_eq!(server.events(), ["LeaseAcquired"]);
    process.abort();
}
