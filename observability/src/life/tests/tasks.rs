use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[tokio::test]
async fn when_one_ends_by_itself_all_end_and_it_is_named() {
    let (mut tasks, held) = (Tasks::new(), Arc::new(()));
    let (given_up, drained) = (Arc::clone(&held), Arc::clone(&held));
    tasks.spawn_endless("one that goes on", async move {
        std::future::pending::<()>().await;
        drop(given_up);
    });
    let ending = tasks.ending();
    tasks.drain("one that ends when told to", async move {
        ending.await;
        drop(drained);
        Ok(())
    });
    tasks.spawn("one that ends", async { Ok(()) });
    assert_eq!(tasks.supervise().await.unwrap_err().to_string(), "The task \"one that ends\" ended unexpectedly.");
    assert_eq!(Arc::strong_count(&held), 1, "the others are gone");
}

#[tokio::test]
async fn one_that_fails_says_why() {
    let mut tasks = Tasks::new();
    tasks.spawn("one that fails", async { Err(anyhow::anyhow!("It is gone.")) });
    let error = tasks.supervise().await.unwrap_err();
    assert_eq!(format!("{error:#}"), "The task \"one that fails\" failed.: It is gone.");
}

#[tokio::test]
async fn the_tasks_go_on_until_the_work_is_done_and_its_result_is_given() {
    let mut tasks = Tasks::new();
    let (serves, begun) = (Arc::new(AtomicBool::new(false)), watch::Sender::new(false));
    let (seen, started, ending) = (Arc::clone(&serves), begun.clone(), tasks.ending());
    tasks.drain("server", async move {
        seen.store(true, Ordering::Relaxed);
        started.send_replace(true);
        ending.await;
        seen.store(false, Ordering::Relaxed);
        Ok(())
    });
    let (mut begun, still) = (begun.subscribe(), Arc::clone(&serves));
    let work = async move {
        let _ = begun.wait_for(|begun| *begun).await;
        still.load(Ordering::Relaxed)
    };
    assert!(tasks.supervise_until(work).await.unwrap(), "the server went on during the work");
    assert!(!serves.load(Ordering::Relaxed), "and ended after it");
}

#[tokio::test]
async fn once_the_end_is_requested_the_work_is_finished_even_if_a_task_fails() {
    let mut tasks = Tasks::new();
    let (requested, request) = (tasks.requested(), tasks.phase.clone());
    tasks.spawn("one that fails late", async move {
        requested.await;
        Err(anyhow::anyhow!("It is gone."))
    });
    let (requested, ending) = (tasks.requested(), tasks.ending());
    let work = async move {
        request.send_replace(Phase::Requested);
        requested.await;
        let early = timeout(Duration::from_millis(50), ending).await.is_ok();
        (early, "drained")
    };
    assert_eq!(tasks.supervise_until(work).await.unwrap(), (false, "drained"));
}

#[tokio::test]
async fn a_part_is_stopped_wherever_its_tasks_are_and_the_process_goes_on() {
    let held = Arc::new(());
    let (mut part, task) = (Tasks::part(), Arc::clone(&held));
    part.drain("one that would take its time", async move {
        std::future::pending::<()>().await;
        drop(task);
        Ok(())
    });
    assert_eq!(part.until(async { 7 }).await.unwrap(), 7);
    assert_eq!(Arc::strong_count(&held), 2, "it goes on");
    part.stop(Duration::from_secs(5)).await.unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_holds_up_its_thread_is_reported() {
    let (mut part, begun) = (Tasks::part(), watch::Sender::new(false));
    let mut seen = begun.subscribe();
    part.spawn_endless("one that does not let go", async move {
        begun.send_replace(true);
        std::thread::sleep(Duration::from_millis(500));
    });
    seen.wait_for(|begun| *begun).await.unwrap();
    let error = part.stop(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.to_string(), "Not all tasks have ended 50ms after they were dropped; 1 are left.");
}
