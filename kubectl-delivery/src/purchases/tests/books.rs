use delivery_verify::purchases::EmailState;
use serde_json::{Value, json};

use super::super::testing::{invoice, published, serve};
use super::*;
use crate::cluster::server::Kind;

#[tokio::test]
async fn every_page_of_the_lists_is_read() {
    let (purchases, asked) = serve(Kind::Purchases, |line| {
        let (id, next) = match line {
            "GET /purchases?limit=100" => ("p-2", json!("a=b")),
            "GET /purchases?limit=100&cursor=a%3Db" => ("p-1", Value::Null),
            other => panic!("unexpected request for {other}"),
        };
        (200, json!({"purchases": [published(id, "ana", None)], "next": next}))
    })
    .await;
    let (invoices, _) = serve(Kind::Invoices, |_| (200, json!({"invoices": []}))).await;
    let books = Servers { purchases: &purchases, invoices: &invoices, mail: None }.read().await.unwrap();
    let ids: Vec<_> = books.purchases.iter().map(|purchase| purchase.id.as_str()).collect();
    assert_eq!((ids, books.invoices.len(), books.mails), (vec!["p-2", "p-1"], 0, None));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_mail_that_is_listed_on_two_pages_is_one() {
    let mail = |number: usize| json!({"ID": format!("m{number:04}"), "MessageID": format!("i{number}@x"), "To": [{"Name": "", "Address": "a@b"}]});
    let (server, asked) = serve(Kind::Mail, move |line| {
        let numbers = if line.contains("start=0&") { 0..MAILS } else { MAILS - 1..MAILS + 1 };
        (200, json!({"total": MAILS + 1, "messages": numbers.map(mail).collect::<Vec<_>>()}))
    })
    .await;
    let found = mails(&server).await.unwrap();
    assert_eq!(found.len(), MAILS + 1);
    assert_eq!(found[0], Mail { message_id: "i0@x".into(), to: vec!["a@b".into()], is_resent: None });
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_headers_of_mails_with_the_same_message_id_are_read() {
    let mail = |id: &str, message: &str| json!({"ID": id, "MessageID": message, "To": [{"Address": "a@b"}]});
    let list = json!({"messages": [mail("m3", "i@x"), mail("m2", "other@x"), mail("m1", "i@x")]});
    let (server, asked) = serve(Kind::Mail, move |line| match line {
        "GET /api/v1/message/m1/headers" => (200, json!({"Subject": ["x"]})),
        "GET /api/v1/message/m3/headers" => (200, json!({"X-Code-Delivery-Resent": ["true"]})),
        _ => (200, list.clone()),
    })
    .await;
    let found: Vec<_> = mails(&server).await.unwrap().into_iter().map(|mail| mail.is_resent).collect();
    assert_eq!(found, [Some(false), None, Some(true)]);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn what_the_log_mentions_is_read_again_and_what_nobody_has_is_left_out() {
    let paid = published("p-1", "ana", None);
    let issued = invoice(&paid, 1, EmailState::Sent);
    let (purchases, _) = serve(Kind::Purchases, move |line| match line {
        "GET /purchases/p-1" => (200, json!(paid)),
        "GET /purchases/no%20uuid" => (422, json!({"error": {"reason": "InvalidId", "message": "No UUID."}})),
        other => panic!("unexpected request for {other}"),
    })
    .await;
    let (invoices, _) = serve(Kind::Invoices, move |_| (200, json!(issued))).await;
    let servers = Servers { purchases: &purchases, invoices: &invoices, mail: None };
    let mut books = Books::default();
    let again =
        ToReadAgain { purchases: ["p-1", "no uuid"].map(str::to_owned).into(), invoices: ["p-1".to_owned()].into() };
    servers.read_again(&mut books, again).await.unwrap();
    assert_eq!((books.purchases.len(), books.invoices.len()), (1, 1));
}
