//! The store against a real server: `MONGODB_URI=mongodb://… cargo test -p delivery-notifications -- --ignored`.

use delivery_messages::sales::purchase::Language;

use crate::config::MongodbConfig;
use crate::domain::channel::{Channel, Progress};
use crate::domain::ids::RecipientId;
use crate::domain::listing::{Listing, Selection};
use crate::domain::notification::{Action, Notification};
use crate::domain::outbox::{MailEnd, MailQueue, Outbox};
use crate::domain::recipient::{Customer, Recipient};
use crate::domain::repository::{Notifications, Recipients};
use crate::domain::testing::{NOW, id, notification, recipient, request};
use crate::domain::use_cases::{Sent, UseCases};
use crate::projector::fold::UnderWay;
use crate::projector::kind::{Kind, Kinds};
use crate::projector::order::{Bought, Delivering, Facts};
use crate::projector::orders::Orders;
use crate::store::client::Store;

async fn open() -> Store {
    let uri = std::env::var("MONGODB_URI").expect("MONGODB_URI names the server");
    let file = std::env::temp_dir().join(format!("mongodb-uri-{}", uuid::Uuid::new_v4()));
    // The database of a test is its own, also when the connection string names one.
    let bare = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest.split('/').next().unwrap_or(rest));
    std::fs::write(&file, format!("mongodb://{bare}/")).unwrap();
    let database = format!("test_{}", uuid::Uuid::new_v4().simple());
    let store = Store::open(&MongodbConfig { uri_file: file.clone(), database }).await.unwrap();
    std::fs::remove_file(file).unwrap();
    store.prepare().await.unwrap();
    store.ping().await.unwrap();
    store
}

fn whole() -> Selection {
    Selection { recipient: recipient().id, unread: None, canceled: None }
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_notification_is_kept_once_changed_from_its_version_alone_listed_and_counted() {
    let store = open().await;
    for number in 1..=3 {
        let new = Notification { created_at: NOW + i64::from(number), ..notification(number) };
        assert!(store.insert(&new).await.unwrap());
        assert!(!store.insert(&new).await.unwrap(), "it is there");
        assert_eq!(store.find(new.id).await.unwrap(), Some(new));
    }
    let read = store.find(id(1)).await.unwrap().unwrap().after(Action::Read, NOW + 9).unwrap().unwrap();
    assert!(!store.change(&read, 7).await.unwrap());
    assert!(store.change(&read, 1).await.unwrap());
    assert!(!store.change(&read, 1).await.unwrap(), "somebody was faster");
    assert_eq!(store.find(id(1)).await.unwrap(), Some(read.clone()));
    let unread = read.after(Action::Unread, NOW + 10).unwrap().unwrap();
    assert!(store.change(&unread, 2).await.unwrap());
    assert_eq!(store.find(id(1)).await.unwrap().unwrap().read_at, None);

    let canceled = store.find(id(2)).await.unwrap().unwrap().after(Action::Cancel, NOW + 9).unwrap().unwrap();
    assert!(store.change(&canceled, 1).await.unwrap());
    for (unread, canceled, count) in [
        (None, None, 3),
        (Some(true), None, 3),
        (Some(false), None, 0),
        (None, Some(true), 1),
        (Some(true), Some(false), 2),
    ] {
        let selection = Selection { unread, canceled, ..whole() };
        assert_eq!(store.count(&selection).await.unwrap(), count, "{unread:?} {canceled:?}");
    }
    let mut listing = Listing { selection: whole(), after: None, limit: 2 };
    let (first, next) = listing.page(store.list(&listing).await.unwrap());
    assert_eq!(first.iter().map(|one| one.id).collect::<Vec<_>>(), [id(3), id(2)]);
    listing.after = next;
    let (last, next) = listing.page(store.list(&listing).await.unwrap());
    assert_eq!((last.iter().map(|one| one.id).collect::<Vec<_>>(), next), (vec![id(1)], None));
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_change_is_to_be_published_until_that_very_change_was() {
    let store = open().await;
    store.insert(&notification(1)).await.unwrap();
    let left = async || {
        let left = store.unpublished(i64::MAX).await.unwrap();
        left.iter().map(|one| (one.id, one.version)).collect::<Vec<_>>()
    };
    assert_eq!(left().await, [(id(1), 1)]);
    let now = jiff::Timestamp::now().as_millisecond();
    assert!(store.unpublished(now - 15_000).await.unwrap().is_empty(), "a young one is on its way");
    let ahead = store.unpublished(now - 60 * 86_400_000).await.unwrap();
    assert_eq!(ahead.len(), 1, "its mark was made by a clock that was ahead");
    store.unpublishable(id(1), "Kafka is away").await.unwrap();
    let read = notification(1).after(Action::Read, NOW + 9).unwrap().unwrap();
    store.change(&read, 1).await.unwrap();
    assert_eq!(store.published(id(1), 1, NOW + 10).await, Ok(()));
    assert_eq!(left().await, [(id(1), 2)], "the newer one was not");
    store.published(id(1), 2, NOW + 11).await.unwrap();
    assert!(left().await.is_empty());
    let page = store.find(id(1)).await.unwrap().unwrap().on(Channel::Page).unwrap().clone();
    assert_eq!((page.state, page.attempts, page.sent_at, page.last_error), (Progress::Sent, 3, Some(NOW + 11), None));
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn of_many_who_claim_a_mail_one_sends_it_and_after_its_time_another() {
    let store = open().await;
    store.insert(&notification(1)).await.unwrap();
    assert_eq!(store.due(NOW).await.unwrap(), [id(1)]);
    let claims = (0..8).map(|number| {
        let store = store.clone();
        async move { store.claim(id(1), &format!("replica-{number}"), NOW, NOW + 60_000).await.unwrap() }
    });
    let mut won: Vec<_> = futures::future::join_all(claims).await.into_iter().flatten().collect();
    let first = won.pop().unwrap();
    assert!(won.is_empty(), "one replica has it");
    assert_eq!((first.attempt, first.again), (1, false));
    assert_eq!(store.claim(id(1), "late", NOW + 1, NOW + 60_001).await.unwrap(), None, "it is being sent");
    assert!(store.due(NOW + 59_999).await.unwrap().is_empty());

    let second = store.claim(id(1), "other", NOW + 60_000, NOW + 120_000).await.unwrap().unwrap();
    assert_eq!((second.attempt, second.again), (2, true), "the first may have sent it");
    store.settle(id(1), "replica-0", &MailEnd::Sent { at: NOW }).await.unwrap();
    let state = async || store.find(id(1)).await.unwrap().unwrap().on(Channel::Email).unwrap().clone();
    assert_eq!(state().await.state, Progress::Sending, "whoever is late notes nothing");
    let later = MailEnd::Later { due: NOW + 90_000, error: "away".to_owned(), in_doubt: false };
    store.settle(id(1), "other", &later).await.unwrap();
    assert_eq!((state().await.state, state().await.last_error), (Progress::Pending, Some("away".to_owned())));
    let third = store.claim(id(1), "third", NOW + 90_000, NOW + 150_000).await.unwrap().unwrap();
    assert_eq!((third.attempt, third.again), (3, false));
    store.settle(id(1), "third", &MailEnd::Sent { at: NOW + 91_000 }).await.unwrap();
    let sent = state().await;
    assert_eq!((sent.state, sent.sent_at, sent.last_error), (Progress::Sent, Some(NOW + 91_000), None));
    assert!(store.due(i64::MAX).await.unwrap().is_empty());

    // A clock that is sixty days ahead puts the next one off, and is set right.
    let (new, ahead) = (id(2), NOW + 60 * 86_400_000);
    store.insert(&notification(2)).await.unwrap();
    store.claim(new, "ahead", ahead, ahead + 60_000).await.unwrap().unwrap();
    assert_eq!(store.due(NOW).await.unwrap(), [new]);
    let claimed = async || store.claim(new, "right", NOW, NOW + 1_000).await.unwrap();
    assert_eq!(claimed().await, None, "somebody may be sending it");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let again = claimed().await.unwrap();
    assert!(again.again, "it may have been sent");
    store.settle(new, "right", &MailEnd::Sent { at: NOW }).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), Some(NOW));
    let time = store.time().await.unwrap().expect("the server tells its time");
    assert!((time - jiff::Timestamp::now().as_millisecond()).abs() < 60_000, "{time}");
    assert_eq!(store.collection("attempts").estimated_document_count().await.unwrap(), 0);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn the_queue_of_mails_mends_what_a_killed_process_has_left() {
    let store = open().await;
    let queue = store.collection("mails");
    let entry = |due: i64| mongodb::bson::doc! {"_id": id(1).to_string(), "due": due};
    store.insert(&notification(1)).await.unwrap();
    // Killed while the mail is being sent.
    store.claim(id(1), "a", NOW, NOW + 60_000).await.unwrap().unwrap();
    assert_eq!(store.due(NOW).await.unwrap(), [id(1)], "the queue is told by whoever looks");
    assert_eq!(store.claim(id(1), "b", NOW, NOW + 60_000).await.unwrap(), None);
    assert!(store.due(NOW + 59_999).await.unwrap().is_empty(), "it is looked at when it is due");
    assert_eq!(store.due(NOW + 60_000).await.unwrap(), [id(1)]);
    store.settle(id(1), "a", &MailEnd::Sent { at: NOW }).await.unwrap();
    assert_eq!(queue.estimated_document_count().await.unwrap(), 0, "the queue holds what is to be done alone");
    // Killed before it was taken off the queue.
    queue.insert_one(entry(NOW)).await.unwrap();
    assert_eq!(store.claim(id(1), "b", NOW, NOW + 60_000).await.unwrap(), None);
    assert_eq!(queue.estimated_document_count().await.unwrap(), 0);
    let state = store.find(id(1)).await.unwrap().unwrap().on(Channel::Email).unwrap().state;
    assert_eq!(state, Progress::Sent);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_mail_without_its_notification_is_dropped_after_a_while_and_not_by_a_clock_that_is_ahead() {
    let store = open().await;
    let (queue, now) = (store.collection("mails"), jiff::Timestamp::now().as_millisecond());
    store.insert(&notification(1)).await.unwrap();
    let one = mongodb::bson::doc! {"_id": id(1).to_string()};
    store.collection("notifications").delete_one(one).await.unwrap();
    let ahead = now + 60 * 86_400_000;
    assert_eq!(store.claim(id(1), "ahead", ahead, ahead + 60_000).await.unwrap(), None);
    assert_eq!(queue.estimated_document_count().await.unwrap(), 1, "its notification may come in a moment");
    let made = mongodb::bson::doc! {"$set": {"madeAt": now - 120_000, "due": now}};
    store.collection("channels").update_many(mongodb::bson::doc! {}, made).await.unwrap();
    assert_eq!(store.claim(id(1), "right", now, now + 60_000).await.unwrap(), None);
    assert_eq!(queue.estimated_document_count().await.unwrap(), 0);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn the_mail_of_a_cancelled_notification_is_not_due() {
    let store = open().await;
    store.insert(&notification(1)).await.unwrap();
    let canceled = notification(1).after(Action::Cancel, NOW + 1).unwrap().unwrap();
    store.change(&canceled, 1).await.unwrap();
    assert_eq!(store.claim(id(1), "a", NOW + 9, NOW + 10).await.unwrap(), None);
    assert!(store.due(i64::MAX).await.unwrap().is_empty());
    let state = store.find(id(1)).await.unwrap().unwrap().on(Channel::Email).unwrap().state;
    assert_eq!(state, Progress::Canceled);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn the_newest_purchase_tells_of_a_customer_and_a_choice_stays() {
    let store = open().await;
    let who = recipient().id;
    let bought = |language, at| Customer { id: who, email: recipient().email, language, at };
    assert_eq!(store.recipient(who).await.unwrap(), None);
    store.bought(&bought(Language::English, NOW + 2)).await.unwrap();
    store.bought(&bought(Language::Portuguese, NOW + 1)).await.unwrap();
    let known = store.recipient(who).await.unwrap().unwrap();
    assert_eq!(known, Recipient { language: Language::English, ..recipient() });
    store.bought(&bought(Language::Portuguese, NOW + 3)).await.unwrap();
    assert_eq!(store.recipient(who).await.unwrap(), Some(recipient()));

    let chosen = Recipient { email: None, channels: [Channel::Page].into(), ..recipient() };
    let kept = store.choose(&chosen).await.unwrap();
    assert_eq!((kept.email, kept.channels), (recipient().email, chosen.channels.clone()), "the address stays");
    store.bought(&bought(Language::English, NOW + 4)).await.unwrap();
    let known = store.recipient(who).await.unwrap().unwrap();
    assert_eq!((known.language, known.channels), (Language::Portuguese, chosen.channels));
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn an_address_that_a_choice_left_out_comes_with_the_next_purchase() {
    let store = open().await;
    let chosen = Recipient { email: None, ..recipient() };
    assert_eq!(store.choose(&chosen).await.unwrap(), chosen);
    let Recipient { id, email, language, .. } = recipient();
    store.bought(&Customer { id, email, language, at: NOW }).await.unwrap();
    assert_eq!(store.recipient(id).await.unwrap(), Some(recipient()));
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn facts_that_are_kept_side_by_side_are_all_there() {
    let store = open().await;
    let bought = Some(Bought { customer: recipient().id, language: Language::English, total_cents: 3_980, at: 7 });
    let (delivery, namespace, name) = ("d1".to_owned(), "shop".to_owned(), "primeiro".to_owned());
    let delivering = Some(Delivering { delivery, client: recipient().id, namespace, name, at: 8 });
    let parts = [
        Facts { bought: bought.clone(), kinds: [Kind::Approved].into(), ..Facts::default() },
        Facts { delivering: delivering.clone(), kinds: [Kind::Accepted].into(), ..Facts::default() },
        Facts { kinds: [Kind::UnderWay].into(), ..Facts::default() },
    ];
    // Those of the delivery are read one after the other, beside those of the purchase.
    let [purchase, plan, state] = &parts;
    let delivery = async {
        store.keep("p1", plan).await.unwrap();
        store.keep("p1", state).await.unwrap();
    };
    let (kept, ()) = futures::join!(store.keep("p1", purchase), delivery);
    assert!(kept.unwrap().facts.bought.is_some());
    let finished = Facts { kinds: [Kind::Finished].into(), ..Facts::default() };
    let order = store.keep("p1", &finished).await.unwrap();
    let kinds: Kinds = [Kind::Approved, Kind::Accepted, Kind::UnderWay, Kind::Finished].into();
    assert_eq!(order.facts, Facts { bought, delivering, kinds: kinds.clone(), invoice: None });

    let told: Kinds = [Kind::Approved].into();
    store.told("p1", &told, &Facts::default()).await.unwrap();
    let expected = UnderWay { delivery: "d1".to_owned(), subject: "p1".to_owned(), told: Kinds::new() };
    assert_eq!(store.under_way().await.unwrap(), [expected]);
    store.told("p1", &kinds, &order.facts).await.unwrap();
    assert!(store.under_way().await.unwrap().is_empty());
    let order = store.keep("p1", &finished).await.unwrap();
    assert!(order.is_over && order.told == kinds);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn replicas_that_get_the_same_request_at_once_make_one_notification() {
    let store = open().await;
    let replicas = (0..8).map(|_| UseCases::new(store.clone(), true, Box::new(|_| {}))).collect::<Vec<_>>();
    let sent = futures::future::join_all(replicas.iter().map(|replica| replica.send(request(1)))).await;
    assert_eq!(sent.iter().filter(|sent| matches!(sent, Ok(Sent::New(_)))).count(), 1);
    assert!(sent.iter().all(Result::is_ok));
    assert_eq!(store.count(&whole()).await.unwrap(), 1);
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_recipient_is_forgotten_up_to_a_time_and_others_are_not() {
    let store = open().await;
    let who = recipient().id;
    let other = RecipientId::read("recipientId", "c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d0002").unwrap();
    for number in 0..70 {
        assert!(store.insert(&notification(number)).await.unwrap());
    }
    let later = Notification { created_at: NOW + 9, ..notification(100) };
    let others = Notification { recipient: other, ..notification(101) };
    for new in [&later, &others] {
        assert!(store.insert(new).await.unwrap());
    }
    let Recipient { email, language, .. } = recipient();
    store.bought(&Customer { id: who, email, language, at: NOW }).await.unwrap();
    let bought = |at| Some(Bought { customer: who, language: Language::English, total_cents: 3_980, at });
    for (subject, at) in [("old", NOW), ("new", NOW + 9)] {
        let facts = Facts { bought: bought(at), kinds: [Kind::Approved].into(), ..Facts::default() };
        store.keep(subject, &facts).await.unwrap();
    }
    for _ in 0..2 {
        store.note_erased(who, NOW).await.unwrap();
        store.note_erased(who, NOW - 1).await.unwrap();
        store.forget(who, NOW).await.unwrap();
        assert_eq!(store.erased(&[who, other]).await.unwrap(), [(who, NOW)].into(), "the later one counts");
        assert!(store.erased(&[other]).await.unwrap().is_empty());
        let left = store.list(&Listing { selection: whole(), limit: 99, after: None }).await.unwrap();
        assert_eq!(left, std::slice::from_ref(&later));
        assert_eq!(store.recipient(who).await.unwrap(), None);
        assert_eq!(store.find(others.id).await.unwrap().as_ref(), Some(&others));
    }
    let due = store.due(NOW + 10_000).await.unwrap();
    assert_eq!(due.len(), 2, "of the others alone: {due:?}");
    let nothing = Facts::default();
    assert!(store.keep("old", &nothing).await.unwrap().facts.bought.is_none());
    assert_eq!(store.keep("new", &nothing).await.unwrap().facts.bought, bought(NOW + 9));
    store.drop_database().await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn what_is_old_is_removed_a_page_at_a_time() {
    let store = open().await;
    for number in 0..60 {
        let new = Notification { created_at: NOW + i64::from(number), ..notification(number) };
        assert!(store.insert(&new).await.unwrap());
    }
    assert_eq!(store.remove_older(NOW + 55).await.unwrap(), 50);
    assert_eq!(store.remove_older(NOW + 55).await.unwrap(), 5);
    assert_eq!(store.remove_older(NOW + 55).await.unwrap(), 0);
    assert_eq!(store.count(&whole()).await.unwrap(), 5);
    assert_eq!(store.due(NOW + 10_000).await.unwrap().len(), 5, "their mails as well");
    store.drop_database().await;
}
