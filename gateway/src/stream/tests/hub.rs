use std::sync::Mutex;

use delivery_observability::Health;
use delivery_observability::locks::lock;
use prometheus_client::registry::Registry;
use tokio::time::sleep;

use super::*;
use crate::protocol::cursor::LogId;

/// What the hub waits for while a test holds it.
static HELD: Mutex<()> = Mutex::new(());

fn held() -> Duration {
    drop(lock(&HELD));
    Duration::ZERO
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("not within twenty seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_hangs_makes_the_gateway_not_ready_until_it_goes_on() {
    let (health, live) = (Health::default(), Arc::new(Live::new(100_000)));
    let heartbeat = health.heartbeat("hub", Duration::from_millis(200));
    let (records, inputs) = mpsc::channel(QUEUE);
    let metrics = Metrics::new(&mut Registry::default());
    tokio::spawn(run(Table::default(), inputs, Arc::clone(&live), metrics, held, heartbeat));
    let log = Arc::new(LogId { cluster: "c".to_owned(), topic: "t".to_owned() });
    records.send(Input::Positions(log, vec![0])).await.unwrap();
    records.send(Input::Complete).await.unwrap();
    live.readiness().wait_for(|ready| *ready).await.unwrap();
    sleep(Duration::from_millis(400)).await;
    assert!(health.is_ready(), "it has nothing to do");

    let (release, released) = std::sync::mpsc::channel::<()>();
    let (hold, holds) = std::sync::mpsc::channel::<()>();
    let holder = std::thread::spawn(move || {
        let _held = lock(&HELD);
        hold.send(()).unwrap();
        let _ = released.recv();
    });
    holds.recv().unwrap();
    records.send(Input::Records(Vec::new())).await.unwrap();
    until(|| health.loops() == [("hub", true)]).await;
    assert!(!health.is_ready());
    release.send(()).unwrap();
    holder.join().unwrap();
    until(|| health.is_ready()).await;
}
