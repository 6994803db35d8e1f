use delivery_messages::{decode, encode};

use super::*;
use crate::domain::notification::Action;
use crate::domain::testing::{self, NOW};

#[test]
fn a_change_tells_all_of_the_notification_as_it_is_then() {
    let link = Some(Link::new("/#/delivery/shop/primeiro".into()).unwrap());
    let new = Notification { link, ..testing::notification(1) };
    let read = new.after(Action::Read, NOW + 1).unwrap().unwrap();
    let canceled = read.after(Action::Cancel, NOW + 2).unwrap().unwrap();
    let told = message(&canceled);
    assert_eq!((told.version, told.read_at, told.canceled_at), (3, Some(NOW + 1), Some(NOW + 2)));
    assert_eq!((told.recipient_id.as_str(), told.created_at), (testing::RECIPIENT, NOW));
    assert_eq!(told.link.as_deref(), Some("/#/delivery/shop/primeiro"));
    let bytes = encode(&told).unwrap();
    assert_eq!(decode::<NotificationChanged>(Topic::NotificationChanged, Some(&bytes)).unwrap(), told);
}
