use proptest::prelude::*;

use super::*;
use crate::domain::testing::{self, NOW};

fn after(notification: &Notification, action: Action, now: Millis) -> Notification {
    notification.after(action, now).unwrap().unwrap_or_else(|| notification.clone())
}

#[test]
fn reading_keeps_the_first_time_and_unread_forgets_it() {
    let unread = testing::notification(1);
    let read = after(&unread, Action::Read, NOW + 1);
    assert_eq!((read.read_at, read.version), (Some(NOW + 1), 2));
    assert_eq!(read.after(Action::Read, NOW + 2), Ok(None));
    let again = after(&read, Action::Unread, NOW + 3);
    assert_eq!((again.read_at, again.version), (None, 3));
    assert_eq!(again.after(Action::Unread, NOW + 4), Ok(None));
    assert_eq!(after(&again, Action::Read, NOW + 5).read_at, Some(NOW + 5));
}

#[test]
fn cancelling_twice_keeps_the_first_time() {
    let canceled = after(&testing::notification(1), Action::Cancel, NOW + 1);
    assert_eq!((canceled.canceled_at, canceled.version), (Some(NOW + 1), 2));
    assert_eq!(canceled.after(Action::Cancel, NOW + 2), Ok(None));
}

#[test]
fn what_is_cancelled_can_be_neither_read_nor_unread() {
    let read = after(&testing::notification(1), Action::Read, NOW + 1);
    let canceled = after(&read, Action::Cancel, NOW + 2);
    assert_eq!(canceled.read_at, Some(NOW + 1), "it was read before");
    for action in [Action::Read, Action::Unread] {
        let error = canceled.after(action, NOW + 3).unwrap_err();
        assert!(error.to_string().contains(&canceled.id.to_string()), "{error}");
    }
}

#[test]
fn what_has_happened_since_does_not_make_it_another_request() {
    let first = testing::notification(1);
    assert!(first.says_the_same(&after(&first, Action::Cancel, NOW + 1)));
    let other = Notification { content: Content::new("something else".into()).unwrap(), ..first.clone() };
    assert!(!first.says_the_same(&other));
}

proptest! {
    /// Whatever is done in whatever order.
    #[test]
    fn the_version_grows_with_each_change_and_a_cancelled_one_stays_as_it_was(
        actions in prop::collection::vec(prop::sample::select(vec![Action::Read, Action::Unread, Action::Cancel]), 0..20),
    ) {
        let mut notification = testing::notification(1);
        for (step, action) in (1..).zip(actions) {
            let before = notification.clone();
            match before.after(action, NOW + step) {
                Ok(Some(changed)) => {
                    prop_assert_eq!(changed.version, before.version + 1);
                    prop_assert!(before.canceled_at.is_none());
                    notification = changed;
                }
                Ok(None) => {}
                Err(_) => prop_assert!(before.canceled_at.is_some() && action != Action::Cancel),
            }
        }
    }
}
