use std::sync::{Arc, Mutex};

use delivery_messages::sales::purchase::Language;
use delivery_observability::locks::lock;

use super::*;
use crate::domain::channel::Channel;
use crate::domain::recipient::Customer;
use crate::domain::testing::{self, InMemory, NOW, id, request};

/// The versions that the listener was shown.
type Shown = Arc<Mutex<Vec<(NotificationId, u64)>>>;

fn use_cases() -> (UseCases<InMemory>, Shown) {
    let shown = Shown::default();
    let heard = Arc::clone(&shown);
    let listener = move |one: &Notification| lock(&heard).push((one.id, one.version));
    (UseCases::new(InMemory::default(), true, Box::new(listener)), shown)
}

fn whole() -> Selection {
    Selection { recipient: testing::recipient().id, unread: None, canceled: None }
}

#[tokio::test]
async fn a_request_becomes_a_notification_once_however_often_it_comes() {
    let (service, shown) = use_cases();
    let Sent::New(new) = service.send(request(1)).await.unwrap() else { panic!("it is new") };
    assert_eq!((new.version, new.created_at, new.read_at, new.canceled_at), (1, NOW, None, None));
    assert_eq!(service.send(request(1)).await, Ok(Sent::Repeated(new)));
    assert_eq!(service.count(&whole()).await, Ok(1));
    assert_eq!(*lock(&shown), [(id(1), 1)], "the repetition is not told again");
}

#[tokio::test]
async fn an_id_that_was_used_for_something_else_is_refused() {
    let (service, _) = use_cases();
    service.send(request(1)).await.unwrap();
    let other = Request { content: Content::new("something else".into()).unwrap(), ..request(1) };
    let error = service.send(other).await.unwrap_err();
    assert_eq!(error.reason(), "IdempotencyKeyReused");
    assert_eq!(service.count(&whole()).await, Ok(1));
}

#[tokio::test]
async fn a_request_that_is_repeated_after_it_was_read_is_still_the_same() {
    let (service, _) = use_cases();
    service.send(request(1)).await.unwrap();
    let read = service.act(id(1), Action::Read, NOW + 1).await.unwrap();
    assert_eq!(service.send(request(1)).await, Ok(Sent::Repeated(read)));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (service, _) = use_cases();
    for action in [Action::Read, Action::Unread, Action::Cancel] {
        assert_eq!(service.act(id(1), action, NOW).await, Err(Failure::UnknownNotification(id(1))));
    }
    let unknown = testing::recipient().id;
    assert_eq!(service.recipient(unknown).await, Err(Failure::UnknownRecipient(unknown)));
}

#[tokio::test]
async fn each_change_is_told_and_what_changes_nothing_is_not() {
    let (service, shown) = use_cases();
    service.send(request(1)).await.unwrap();
    for (action, version) in [(Action::Read, 2), (Action::Read, 2), (Action::Cancel, 3), (Action::Cancel, 3)] {
        assert_eq!(service.act(id(1), action, NOW + 9).await.unwrap().version, version);
    }
    assert_eq!(service.act(id(1), Action::Unread, NOW + 9).await.unwrap_err().reason(), "NotificationCanceled");
    assert_eq!(*lock(&shown), [(id(1), 1), (id(1), 2), (id(1), 3)]);
}

#[tokio::test]
async fn unread_ones_are_counted_apart_and_cancelled_ones_left_out() {
    let (service, _) = use_cases();
    for number in 1..=4 {
        service.send(request(number)).await.unwrap();
    }
    service.act(id(1), Action::Read, NOW).await.unwrap();
    service.act(id(2), Action::Cancel, NOW).await.unwrap();
    let count = async |unread, canceled| service.count(&Selection { unread, canceled, ..whole() }).await.unwrap();
    assert_eq!(count(None, None).await, 4);
    assert_eq!(count(Some(true), None).await, 3);
    assert_eq!(count(Some(true), Some(false)).await, 2);
    assert_eq!(count(None, Some(true)).await, 1);
}

#[tokio::test]
async fn a_list_is_read_page_by_page_the_newest_first() {
    let (service, _) = use_cases();
    for (number, at) in [(1, NOW), (2, NOW + 2), (3, NOW + 1)] {
        service.send(Request { at, ..request(number) }).await.unwrap();
    }
    let mut listing = Listing { selection: whole(), after: None, limit: 2 };
    let (first, next) = service.list(&listing).await.unwrap();
    assert_eq!(first.iter().map(|one| one.id).collect::<Vec<_>>(), [id(2), id(3)]);
    listing.after = next;
    let (last, next) = service.list(&listing).await.unwrap();
    assert_eq!((last[0].id, last.len(), next), (id(1), 1, None));
}

#[tokio::test]
async fn a_recipients_choice_decides_the_channels_of_what_comes_after_it() {
    let (service, _) = use_cases();
    let Sent::New(first) = service.send(request(1)).await.unwrap() else { panic!("it is new") };
    assert!(first.on(Channel::Email).is_none(), "nothing is known of the recipient");
    let chosen = Recipient { channels: [Channel::Email].into(), ..testing::recipient() };
    assert_eq!(service.choose(&chosen).await, Ok(chosen.clone()));
    let Sent::New(second) = service.send(request(2)).await.unwrap() else { panic!("it is new") };
    assert_eq!(second.channels, [ChannelReport::new(Channel::Email)]);
    let silent = Recipient { email: None, channels: [].into(), ..chosen.clone() };
    let kept = service.choose(&silent).await.unwrap();
    assert_eq!(kept.email, chosen.email, "an address that is left out stays");
}

#[tokio::test]
async fn a_purchase_does_not_undo_what_a_recipient_has_chosen() {
    let (service, _) = use_cases();
    let chosen = Recipient { email: None, language: Language::English, ..testing::recipient() };
    service.choose(&chosen).await.unwrap();
    let Recipient { id, email, .. } = testing::recipient();
    let customer = Customer { id, email: email.clone(), language: Language::Portuguese, at: NOW };
    service.repository.bought(&customer).await.unwrap();
    assert_eq!(service.recipient(id).await, Ok(Recipient { email, ..chosen }));
}

#[tokio::test]
async fn while_the_store_is_away_nothing_is_told_and_nothing_half_kept() {
    let (service, shown) = use_cases();
    service.repository.set_away(true);
    assert_eq!(service.send(request(1)).await, Err(Failure::Repository(RepositoryError::Unavailable)));
    service.repository.set_away(false);
    assert!(lock(&shown).is_empty() && service.repository.all().is_empty());
    assert!(matches!(service.send(request(1)).await, Ok(Sent::New(_))));
}

#[tokio::test]
async fn what_was_asked_for_before_the_recipient_was_erased_is_not_told_when_it_is_read_again() {
    let (service, shown) = use_cases();
    let who = testing::recipient().id;
    service.send(request(1)).await.unwrap();
    service.repository.erase(who, NOW);
    assert_eq!(service.count(&whole()).await, Ok(0));
    assert_eq!(service.send(request(1)).await, Err(Failure::Erased(who)));
    let later = Request { at: NOW + 1, ..request(2) };
    assert!(matches!(service.send(later).await, Ok(Sent::New(_))), "what is asked for afterwards is told");
    assert_eq!(service.count(&whole()).await, Ok(1));
    assert_eq!(lock(&shown).len(), 2);
}
