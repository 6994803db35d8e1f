use std::time::Duration;

use tokio::time::timeout;

use super::*;

#[tokio::test]
async fn replies_come_in_order_and_those_beyond_the_limit_are_dropped() {
    let replies = Replies::default();
    for number in 0..2 * MAX {
        replies.add(number.to_string().into());
    }
    for number in 0..MAX {
        assert_eq!(replies.next().await.as_str(), number.to_string());
    }
    assert!(timeout(Duration::from_millis(20), replies.next()).await.is_err(), "the others are dropped");
    replies.add("again".into());
    assert_eq!(replies.next().await.as_str(), "again");
    assert_eq!(lock(&replies.0.texts).capacity(), 0, "an empty queue takes no memory");
}

#[tokio::test]
async fn one_reply_finds_room_in_any_case_and_the_newest_takes_its_place() {
    let replies = Replies::default();
    for number in 0..MAX {
        assert!(replies.add(number.to_string().into()));
    }
    for text in ["first", "second"] {
        assert!(!replies.add("one more".into()));
        replies.add_surely(text.into());
    }
    assert_eq!(replies.next().await.as_str(), "0");
    assert!(!replies.add("one more".into()), "still full");
    for number in 1..MAX {
        assert_eq!(replies.next().await.as_str(), number.to_string());
    }
    assert_eq!(replies.next().await.as_str(), "second");
    replies.add_surely("third".into());
    assert!(replies.add("fourth".into()));
    assert_eq!(replies.next().await.as_str(), "third");
    assert_eq!(replies.next().await.as_str(), "fourth");
}

#[tokio::test]
async fn a_reply_wakes_whoever_waits_for_it() {
    let replies = Replies::default();
    let waiting = tokio::spawn({
        let replies = replies.clone();
        async move { replies.next().await }
    });
    tokio::task::yield_now().await;
    replies.add("yes".into());
    assert_eq!(timeout(Duration::from_secs(10), waiting).await.expect("nobody was woken").unwrap().as_str(), "yes");
}
