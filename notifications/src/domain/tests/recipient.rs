use super::*;
use crate::domain::testing;

#[test]
fn a_stranger_has_the_page_and_a_customer_the_mail_as_well() {
    assert_eq!(channels(None, true), [Channel::Page]);
    assert_eq!(channels(Some(&testing::recipient()), true), [Channel::Page, Channel::Email]);
}

#[test]
fn no_mail_is_promised_without_an_address_or_without_a_server() {
    assert_eq!(channels(Some(&testing::recipient()), false), [Channel::Page]);
    assert_eq!(channels(Some(&Recipient { email: None, ..testing::recipient() }), true), [Channel::Page]);
}

#[test]
fn the_recipients_choice_counts_even_if_it_is_nothing() {
    let only_mail = Recipient { channels: [Channel::Email].into(), ..testing::recipient() };
    assert_eq!(channels(Some(&only_mail), true), [Channel::Email]);
    let nothing = Recipient { channels: BTreeSet::new(), ..testing::recipient() };
    assert!(channels(Some(&nothing), true).is_empty());
}
