use serde_json::json;

use super::*;

fn page(mails: &[(&str, &str)]) -> MailPage {
    let mails = mails.iter().map(|(id, message)| json!({"ID": id, "MessageID": message, "To": [{"Address": "a@b"}]}));
    serde_json::from_value(json!({"total": 9, "messages": mails.collect::<Vec<_>>()})).unwrap()
}

fn headers(name: &str) -> MailHeaders {
    BTreeMap::from([(name.to_owned(), vec!["true".to_owned()])])
}

#[test]
fn a_mail_that_is_listed_on_two_pages_is_one() {
    let mut list = MailList::default();
    assert_eq!(list.add(page(&[("m2", "i2@x"), ("m1", "i1@x")])), 2);
    assert_eq!(list.add(page(&[("m1", "i1@x")])), 1);
    assert_eq!(list.repeated(), Vec::<String>::new());
    let mail = |id: &str| Mail { message_id: id.into(), to: vec!["a@b".into()], is_resent: None };
    assert_eq!(list.into_mails(), [mail("i1@x"), mail("i2@x")]);
}

#[test]
fn mails_with_the_same_message_id_are_looked_at_and_one_may_say_that_it_is_the_second() {
    let mut list = MailList::default();
    list.add(page(&[("m3", "i1@x"), ("m2", "i2@x"), ("m1", "i1@x")]));
    assert_eq!(list.repeated(), ["m1", "m3"]);
    list.look_at("m1", &headers("Subject"));
    list.look_at("m3", &headers("x-code-delivery-resent"));
    list.look_at("gone", &headers(RESENT_HEADER));
    let found: Vec<_> = list.into_mails().into_iter().map(|mail| mail.is_resent).collect();
    assert_eq!(found, [Some(false), None, Some(true)]);
}

#[test]
fn a_mail_without_recipients_or_an_id_is_read_all_the_same() {
    let mut list = MailList::default();
    list.add(serde_json::from_value(json!({"messages": [{"ID": "m1", "To": null}]})).unwrap());
    assert_eq!(list.into_mails(), [Mail { message_id: String::new(), to: Vec::new(), is_resent: None }]);
}
