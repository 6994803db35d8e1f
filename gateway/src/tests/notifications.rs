//! Who is told of the notifications of which recipients, on real sockets.

use serde_json::{Value, json};

use super::client::Socket;
use super::sockets::{moved, one_delivery, until};
use super::{Running, started_in};
use crate::model::scope::Scope;
use crate::stream::clients::listeners::Relayed;
use crate::testing::changed;

const ON: &str = "notifications: true";

/// Listens for these recipients, and returns the reply.
async fn listen(socket: &mut Socket, recipient_ids: &[&str]) -> (String, Value) {
    let frame = json!({"event": "notifications", "data": {"recipientIds": recipient_ids}});
    socket.send(&frame.to_string()).await;
    loop {
        // What has happened before it was opened may come first.
        let answer = socket.next().await;
        if answer.0 != "new-position" {
            return answer;
        }
    }
}

fn relay(running: &Running, id: &str, recipient_id: &str) -> Relayed {
    running.gateway.live.relay(&changed(id, recipient_id, 1))
}

#[tokio::test]
async fn only_who_listens_for_a_recipient_is_told_of_its_notifications_in_every_mode_and_form() {
    let running = Running::ready(ON, one_delivery()).await;
    let (mut other, _) = Socket::open(&running).await;
    for query in ["", "mode=all", "mode=all&batch=true&form=binary", "courier=nobody"] {
        let (mut socket, ..) = Socket::open_at(&running, query).await;
        assert_eq!(relay(&running, "n0", "r1"), Relayed::Unasked, "{query}");
        let confirmed = ("notifications".to_owned(), json!({"recipientIds": ["r1", "r2"]}));
        assert_eq!(listen(&mut socket, &["r1", "r2"]).await, confirmed, "{query}");
        assert_eq!(relay(&running, "n1", "r2"), Relayed::Sent);
        assert_eq!(relay(&running, "n2", "r3"), Relayed::Unasked);
        assert_eq!(relay(&running, "n3", "r1"), Relayed::Sent);
        for (id, recipient_id) in [("n1", "r2"), ("n3", "r1")] {
            let told = json!({"recipientId": recipient_id, "id": id, "version": 1, "unread": true});
            assert_eq!(socket.until("notification").await, told, "{query}");
        }
        drop(socket);
        until(|| running.gateway.live.listeners().is_empty()).await;
    }
    running.feed(vec![moved("d1", 1)]).await;
    assert_eq!(other.next().await.0, "new-position", "and nothing before it");
}

#[tokio::test]
async fn new_recipients_replace_the_former_ones_and_none_end_it() {
    let running = Running::ready(ON, one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    assert_eq!(listen(&mut socket, &["r1"]).await.0, "notifications");
    assert_eq!(listen(&mut socket, &["r2"]).await.0, "notifications");
    assert_eq!(relay(&running, "n1", "r1"), Relayed::Unasked);
    assert_eq!(relay(&running, "n2", "r2"), Relayed::Sent);
    assert_eq!(socket.next().await.1["id"], "n2");
    running.gateway.live.begin_relay();
    assert_eq!(socket.next().await, ("notifications".to_owned(), json!({"recipientIds": ["r2"]})), "ask again");
    assert_eq!(listen(&mut socket, &[]).await.1, json!({"recipientIds": []}));
    assert!(running.gateway.live.listeners().is_empty());
}

#[tokio::test]
async fn more_than_a_client_reads_is_dropped_and_it_is_told_to_ask_for_everything() {
    let running = Running::ready(ON, one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    listen(&mut socket, &["r1", "r2"]).await;
    // Faster than the connection's task can write, because nothing here waits for it.
    let relayed: Vec<_> = (0..1_000).map(|number| relay(&running, &number.to_string(), "r1")).collect();
    assert!(relayed.contains(&Relayed::Sent) && relayed.contains(&Relayed::Dropped));
    assert_eq!(relay(&running, "another", "r2"), Relayed::Dropped);
    assert_eq!(socket.next().await.1["id"], "0");
    assert_eq!(socket.until("notifications").await, json!({"recipientIds": ["r1", "r2"]}));
    assert_eq!(relay(&running, "later", "r2"), Relayed::Sent);
    assert_eq!(socket.until("notification").await["id"], "later");
}

#[tokio::test]
async fn who_may_not_listen_and_bad_recipients_are_refused_with_a_reason_and_the_stream_goes_on() {
    let some = Scope { namespaces: Some(["code-delivery".to_owned()].into()), ..Scope::everything() };
    let limited = started_in(ON, some).await.complete(one_delivery()).await;
    let off = Running::ready("", one_delivery()).await;
    let on = Running::ready(ON, one_delivery()).await;
    let nine = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mut seq = 0;
    for (running, ids, reason) in [
        (&limited, &["r1"][..], "NotAllowed"),
        (&off, &["r1"][..], "NotificationsOff"),
        (&on, &nine[..], "InvalidRecipients"),
        (&on, &[""][..], "InvalidRecipients"),
    ] {
        let (mut socket, _) = Socket::open(running).await;
        let (event, data) = listen(&mut socket, ids).await;
        assert_eq!((event.as_str(), data["reason"].as_str()), ("error", Some(reason)));
        assert!(data["message"].as_str().unwrap().ends_with('.'), "{data}");
        assert!(running.metrics().contains(&format!(r#"bad_frames_total{{reason="{reason}"}}"#)));
        assert_eq!(relay(running, "n1", "r1"), Relayed::Unasked);
        seq += 1;
        running.feed(vec![moved("d1", seq)]).await;
        assert_eq!(socket.until("new-position").await["seq"], seq);
    }
}

#[tokio::test]
async fn new_recipients_have_a_budget() {
    let limits = "limits: {framesPerSecond: 100, perAddress: {recipients: 1}}";
    let running = Running::ready(&format!("{ON}\n{limits}"), one_delivery()).await;
    let (mut socket, _) = Socket::open(&running).await;
    let mut served = 0;
    let (event, data) = loop {
        let (event, data) = listen(&mut socket, &["r1"]).await;
        if event != "notifications" {
            break (event, data);
        }
        served += 1;
    };
    assert!((10..=15).contains(&served), "{served}");
    assert_eq!((event.as_str(), data["reason"].as_str()), ("rejected", Some("TooManyRequests")));
    assert_eq!(data["retryAfterSeconds"], 1);
    assert_eq!(relay(&running, "n1", "r1"), Relayed::Sent, "the former recipients stay");
}
