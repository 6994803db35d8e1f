use super::*;
use crate::domain::notification::Action;
use crate::domain::testing::{self, NOW};

/// A document after a change.
fn changed(document: &Document, changed: &Notification) -> Document {
    let (set, unset) = of_change(changed);
    let mut after = document.clone();
    after.extend(set);
    for name in unset.keys() {
        after.remove(name);
    }
    after
}

#[test]
fn what_was_written_is_read_back() {
    let link = Some(Link::new("/#/delivery/shop/primeiro".into()).unwrap());
    let trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let new = Notification { link, trace, ..testing::notification(1) };
    assert_eq!(notification(&of_notification(&new), &[]), Some(new.clone()));
    assert_eq!(notification(&of_notification(&new), &[of_mail(&new, NOW)]), Some(new));
    let recipient = testing::recipient();
    let mut document = of_recipient(&recipient);
    document.insert("_id", recipient.id.to_string());
    assert_eq!(super::recipient(&document), Some(recipient));
}

#[test]
fn a_change_is_read_back_and_what_it_takes_away_is_gone() {
    let new = testing::notification(1);
    let read = new.after(Action::Read, NOW + 9).unwrap().unwrap();
    let after = changed(&of_notification(&new), &read);
    assert_eq!(notification(&after, &[]), Some(read.clone()));
    let unread = read.after(Action::Unread, NOW + 10).unwrap().unwrap();
    assert_eq!(notification(&changed(&after, &unread), &[]), Some(unread));
}

#[test]
fn each_channel_has_what_its_own_document_says() {
    let new = testing::notification(1);
    let mut mail = of_mail(&new, NOW);
    mail.extend(doc! {"state": "BOUNCED", "attempts": 3_i64, "error": "no such user"});
    let others = of_mail(&testing::notification(2), NOW);
    let shown = notification(&of_notification(&new), &[others, mail]).unwrap();
    let email = shown.on(Channel::Email).unwrap();
    assert_eq!((email.state, email.attempts), (Progress::Bounced, 3));
    assert_eq!(email.last_error.as_deref(), Some("no such user"));
    assert_eq!(shown.on(Channel::Page), Some(&ChannelReport::new(Channel::Page)));
}

#[test]
fn the_mail_of_a_cancelled_notification_is_cancelled_unless_it_was_sent() {
    let new = testing::notification(1);
    let canceled = new.after(Action::Cancel, NOW + 9).unwrap().unwrap();
    let document = changed(&of_notification(&new), &canceled);
    let state = |mail: Document| notification(&document, &[mail]).unwrap().on(Channel::Email).unwrap().state;
    assert_eq!(state(of_mail(&new, NOW)), Progress::Canceled);
    let mut sent = of_mail(&new, NOW);
    sent.insert("state", Progress::Sent.name());
    assert_eq!(state(sent), Progress::Sent);
}

#[test]
fn an_entry_of_the_queue_names_its_notification_and_is_due_with_its_mail() {
    let new = testing::notification(1);
    assert_eq!(queued(&of_queued(&new)), Some(new.id));
    assert_eq!(of_queued(&new).get("due"), of_mail(&new, NOW).get("due"));
    assert_eq!(queued(&doc! {"_id": "7"}), None);
}

#[test]
fn what_is_no_notification_is_none() {
    let document = of_notification(&testing::notification(1));
    for (name, value) in
        [("_id", "7"), ("recipientId", "7"), ("content", "x"), ("category", ""), ("createdAt", "now"), ("channels", "")]
    {
        let mut wrong = document.clone();
        wrong.insert(name, value);
        assert_eq!(notification(&wrong, &[]), None, "{name}");
    }
    assert_eq!(notification(&Document::new(), &[]), None);
}

#[test]
fn of_its_channels_alone_a_notification_has_documents() {
    let both = testing::notification(1);
    let ids = channel_ids(&of_notification(&both));
    assert_eq!(ids, [Channel::Page, Channel::Email].map(|channel| channel_id(&both.id.to_string(), channel)));
    let page = Notification { channels: vec![ChannelReport::new(Channel::Page)], ..both };
    assert_eq!(channel_ids(&of_notification(&page)), ids[..1]);
    assert!(channel_ids(&Document::new()).is_empty());
}
