//! What clients that do not read may keep in memory.

use std::time::Duration;

use super::Running;
use super::client::{Socket, get};
use super::sockets::{one_delivery, until};

#[tokio::test]
async fn what_is_sent_to_one_client_alone_waits_for_its_turn_and_nobody_else_does() {
    let mut running = Running::ready("limits: {turns: 1}", one_delivery()).await;
    let turn = running.gateway.turns.clone().acquire_owned().await.unwrap();
    let mut filtered = Socket::connect(&running, "route=1").await;
    let cursor = super::log().cursor(&[99]);
    let mut resuming = Socket::connect(&running, &format!("mode=all&cursor={cursor}")).await;
    Socket::open(&running).await;
    let wait = Duration::from_millis(300);
    assert!(tokio::time::timeout(wait, filtered.next()).await.is_err(), "a snapshot with a filter");
    assert!(tokio::time::timeout(wait, running.asks.recv()).await.is_err(), "positions older than the ring");
    drop(turn);
    assert_eq!(filtered.next().await.0, "snapshot");
    let ask = running.asks.recv().await.unwrap();
    let mut another = Socket::connect(&running, "route=1").await;
    assert!(tokio::time::timeout(wait, another.next()).await.is_err(), "while a slice is read");
    ask.reply(Err(crate::stream::catch_up::backlog::CannotResume::TooOld));
    assert_eq!(resuming.next().await.0, "snapshot");
    assert_eq!(another.next().await.0, "snapshot");
    until(|| running.gateway.turns.available_permits() == 1).await;
}

#[tokio::test]
async fn answers_that_are_still_being_read_leave_no_place_for_more() {
    let running = Running::ready("limits: {answerBytes: 65536}", one_delivery()).await;
    let unread = running.gateway.answers.hold(vec![0; 65_536]).unwrap();
    for path in ["/routes", "/routes/1", "/deliveries", "/deliveries/d1"] {
        let answer = get(&running, path).await;
        assert_eq!((answer.status, answer.reason().as_str()), (503, "Busy"), "{path}");
        assert_eq!(answer.headers["retry-after"], "5");
    }
    drop(unread);
    for path in ["/routes", "/routes/1", "/deliveries", "/deliveries/d1"] {
        assert_eq!(get(&running, path).await.status, 200, "{path}");
    }
    // Once they have been read, they have made place.
    assert!(running.gateway.answers.hold(vec![0; 65_536]).is_some());
}
