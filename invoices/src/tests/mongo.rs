//! The store on a real server: `MONGODB_URI=mongodb://… cargo test -p delivery-invoices -- --ignored`.

use std::collections::BTreeSet;
use std::sync::Arc;

use delivery_messages::Millis;
use futures::future::join_all;
use mongodb::bson::doc;

use crate::config::MongodbConfig;
use crate::domain::email::{Email, EmailState, LEASE, Outcome};
use crate::domain::invoice::{Invoice, Order};
use crate::domain::page::{PageQuery, Parameters};
use crate::issuing::Issuing;
use crate::store::mongo::MongoStore;
use crate::store::{EmailChange, Store};
use crate::testing;

async fn open() -> MongoStore {
    let uri = std::env::var("MONGODB_URI").expect("MONGODB_URI names the server");
    let file = std::env::temp_dir().join(format!("mongodb-uri-{}", uuid::Uuid::new_v4()));
    std::fs::write(&file, uri).unwrap();
    let database = format!("test_{}", uuid::Uuid::new_v4().simple());
    let store = MongoStore::open(&MongodbConfig { uri_file: file.clone(), database }).await.unwrap();
    std::fs::remove_file(file).unwrap();
    store.prepare().await.unwrap();
    store.prepare().await.unwrap();
    store.ping().await.unwrap();
    store
}

async fn close(store: &MongoStore) {
    store.database().run_command(doc! {"dropDatabase": 1}).await.unwrap();
}

fn orders(numbers: impl IntoIterator<Item = u32>) -> Vec<Order> {
    numbers.into_iter().map(testing::order).collect()
}

async fn all(store: &MongoStore) -> Vec<Invoice> {
    let query = PageQuery { customer_id: None, limit: 1_000, after: None };
    store.page(&query).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs MongoDB"]
async fn several_issuers_of_the_same_purchases_give_each_one_number_and_leave_none_out() {
    let store = Arc::new(open().await);
    let issuers = (0..4).map(|place: u32| {
        let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
        // Each shares half of its purchases with the next.
        async move {
            let all = orders(place * 30..place * 30 + 60);
            for batch in all.chunks(7) {
                issuing.issue(batch, || testing::NOW).await.unwrap();
            }
        }
    });
    join_all(issuers).await;
    let invoices = all(&store).await;
    let ids: BTreeSet<&str> = invoices.iter().map(|invoice| invoice.id.as_str()).collect();
    let numbers: BTreeSet<u32> = invoices.iter().map(|invoice| invoice.number).collect();
    assert_eq!((invoices.len(), ids.len()), (150, 150));
    assert_eq!(numbers, (1..=150).collect());
    assert_eq!(store.unpublished(Millis::MAX, 1_000).await.unwrap().len(), 150);
    assert_eq!(store.waiting().await.unwrap(), 150);
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn invoices_are_added_in_order_up_to_the_first_whose_purchase_or_number_is_taken() {
    let store = open().await;
    let first: Vec<Invoice> = (1..=3).map(testing::invoice).collect();
    assert_eq!(store.last(1, false).await.unwrap(), 0);
    assert_eq!(store.add(&first).await.unwrap(), 3);
    assert_eq!(store.add(&first).await.unwrap(), 0, "again");
    let taken_number = testing::issued(&testing::purchase(9), 3);
    assert_eq!(store.add(&[taken_number]).await.unwrap(), 0);
    let block = [testing::invoice(4), testing::issued(&testing::purchase(2), 5), testing::invoice(6)];
    assert_eq!(store.add(&block).await.unwrap(), 1, "the second has its invoice, and the third would leave a gap");
    let numbers: Vec<u32> = all(&store).await.iter().map(|invoice| invoice.number).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    let known = store.known(&[testing::invoice(1).id, testing::invoice(9).id]).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(store.last(1, false).await.unwrap(), 4, "nothing is noted");
    store.note_last(1, 2).await.unwrap();
    assert_eq!((store.last(1, false).await.unwrap(), store.last(1, true).await.unwrap()), (2, 4));
    let issuing = Issuing::new(Arc::new(store.clone()), testing::issuer());
    let issued = issuing.issue(&orders([3, 7, 8]), || testing::NOW).await.unwrap();
    assert_eq!(issued.iter().map(|invoice| invoice.number).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(store.last(1, false).await.unwrap(), 6);
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn of_two_senders_one_takes_an_email_and_what_is_settled_leaves_the_queue() {
    let store = open().await;
    let both = [testing::invoice(1), testing::invoice(2)];
    let ids = both.each_ref().map(|invoice| invoice.id.clone());
    store.announce(&ids, testing::NOW).await.unwrap();
    store.announce(&ids, testing::NOW + 1).await.unwrap();
    assert!(store.unpublished(Millis::MAX, 9).await.unwrap().is_empty(), "there is no invoice yet");
    store.add(&both).await.unwrap();
    assert!(store.due(testing::NOW - 1, 10).await.unwrap().is_empty());
    let due = store.due(testing::NOW, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    let claim = |invoice: &Invoice, holder: &str| {
        let to = invoice.email.claimed(testing::NOW, holder).unwrap();
        EmailChange { id: invoice.id.clone(), from: invoice.email.revision, to }
    };
    let claims: Vec<_> = due.iter().map(|invoice| claim(invoice, "a")).collect();
    assert_eq!(store.change(&claims[..1]).await.unwrap(), [true]);
    // The other has read both in the same millisecond.
    let late: Vec<_> = due.iter().map(|invoice| claim(invoice, "b")).collect();
    assert_eq!(store.change(&late).await.unwrap(), [false, true]);
    assert!(store.due(testing::NOW + 10, 10).await.unwrap().is_empty(), "both are being sent");
    assert_eq!(store.due(testing::NOW + LEASE, 10).await.unwrap().len(), 2);
    let sent = claims[0].to.after(&Outcome::Sent, testing::NOW + 40, Millis::MAX);
    let note = EmailChange { id: claims[0].id.clone(), from: claims[0].to.revision, to: sent };
    assert_eq!(store.change(&[note]).await.unwrap(), [true]);
    assert_eq!(store.waiting().await.unwrap(), 1);
    let shown = store.invoice(&claims[0].id).await.unwrap().unwrap();
    assert_eq!((shown.email.state, shown.email.sent_at), (EmailState::Sent, Some(testing::NOW + 40)));
    // An issuer that was slow puts it into the queue again, as does a sender that is killed before it has noted that: it is not sent again.
    let forgotten = doc! {"$set": {"email.state": "SENDING", "email.revision": 1_i64}};
    let invoices = store.database().collection::<mongodb::bson::Document>("invoices");
    invoices.update_one(doc! {"_id": &ids[0]}, forgotten).await.unwrap();
    store.announce(&ids[..1], testing::NOW).await.unwrap();
    let due = store.due(testing::NOW + 2 * LEASE, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(store.waiting().await.unwrap(), 1);
    let listed = all(&store).await;
    let listed = listed.iter().find(|invoice| invoice.id == ids[0]).unwrap();
    assert_eq!(listed.email, shown.email, "lists show it as well");
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn an_email_that_is_announced_without_its_invoice_is_looked_at_a_little_later() {
    let store = open().await;
    let invoice = testing::invoice(1);
    store.announce(std::slice::from_ref(&invoice.id), testing::NOW).await.unwrap();
    assert!(store.due(testing::NOW, 10).await.unwrap().is_empty(), "its issuer is at it");
    assert!(store.due(testing::NOW + 2_000, 10).await.unwrap().is_empty(), "its issuer is slow");
    store.add(std::slice::from_ref(&invoice)).await.unwrap();
    assert!(store.due(testing::NOW + 3_999, 10).await.unwrap().is_empty());
    assert_eq!(store.due(testing::NOW + 4_000, 10).await.unwrap().len(), 1);
    // One that is there a moment after it was announced waits for nothing.
    let next = testing::invoice(2);
    store.announce(std::slice::from_ref(&next.id), testing::NOW + 4_000).await.unwrap();
    assert_eq!(store.due(testing::NOW + 4_001, 10).await.unwrap().len(), 1);
    store.add(std::slice::from_ref(&next)).await.unwrap();
    assert_eq!(store.due(testing::NOW + 4_002, 10).await.unwrap().len(), 2);
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn more_emails_than_a_small_server_changes_at_once_are_changed() {
    let store = open().await;
    let invoices: Vec<Invoice> = (1..=120).map(testing::invoice).collect();
    let ids: Vec<String> = invoices.iter().map(|invoice| invoice.id.clone()).collect();
    store.announce(&ids, testing::NOW).await.unwrap();
    for block in invoices.chunks(50) {
        store.add(block).await.unwrap();
    }
    let after = |change: &EmailChange, outcome: &Outcome| {
        let to = change.to.after(outcome, testing::NOW, Millis::MAX);
        EmailChange { id: change.id.clone(), from: change.to.revision, to }
    };
    let claim = |id: &String, email: &Email, holder| {
        let to = email.claimed(testing::NOW + LEASE, holder).unwrap();
        EmailChange { id: id.clone(), from: email.revision, to }
    };
    let claims: Vec<_> = invoices.iter().map(|one| claim(&one.id, &one.email, "a")).collect();
    assert_eq!(store.change(&claims).await.unwrap(), [true; 120]);
    let away = Outcome::NotTaken("away".to_owned());
    let later: Vec<_> = claims.iter().map(|change| after(change, &away)).collect();
    assert_eq!(store.change(&later).await.unwrap(), [true; 120]);
    let claims: Vec<_> = later.iter().map(|change| claim(&change.id, &change.to, "b")).collect();
    assert_eq!(store.change(&claims).await.unwrap(), [true; 120]);
    let sent: Vec<_> = claims.iter().map(|change| after(change, &Outcome::Sent)).collect();
    assert_eq!(store.change(&sent).await.unwrap(), [true; 120]);
    assert_eq!(store.waiting().await.unwrap(), 0);
    assert!(all(&store).await.iter().all(|invoice| invoice.email.state == EmailState::Sent));
    store.published(&ids).await.unwrap();
    assert!(store.unpublished(Millis::MAX, 200).await.unwrap().is_empty());
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn pages_go_on_where_the_last_one_ended_and_published_messages_are_gone() {
    let store = open().await;
    let invoices: Vec<Invoice> = (1..=5).map(testing::invoice).collect();
    let ids: Vec<String> = invoices.iter().map(|invoice| invoice.id.clone()).collect();
    store.announce(&ids, testing::NOW).await.unwrap();
    store.add(&invoices).await.unwrap();
    let (mut parameters, mut numbers) = (Parameters::from([("limit".to_owned(), "2".to_owned())]), Vec::new());
    loop {
        let query = PageQuery::read(&parameters).unwrap();
        let (page, next) = query.page(store.page(&query).await.unwrap());
        numbers.extend(page.iter().map(|invoice| invoice.number));
        let Some(next) = next else { break };
        parameters.insert("cursor".to_owned(), next);
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    let other = PageQuery { customer_id: Some("other".to_owned()), limit: 9, after: None };
    assert!(store.page(&other).await.unwrap().is_empty());
    assert!(store.unpublished(testing::NOW, 9).await.unwrap().is_empty());
    let outgoing = store.unpublished(testing::NOW + 1, 9).await.unwrap();
    assert_eq!(outgoing.iter().map(|one| one.message.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    store.published(&[outgoing[0].id.clone(), "unknown".to_owned()]).await.unwrap();
    assert_eq!(store.unpublished(testing::NOW + 1, 9).await.unwrap().len(), 4);
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs MongoDB"]
async fn a_customer_is_forgotten_in_all_invoices_of_before_and_the_numbers_stay() {
    let store = Arc::new(open().await);
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    issuing.issue(&orders(1..=60), || testing::NOW).await.unwrap();
    let customer = testing::order(1).purchase.customer.id;
    let before = all(&store).await;
    // Before the payments were approved.
    let until = testing::order(1).purchase.created_at;
    for _ in 0..2 {
        store.note_erased(&customer, until).await.unwrap();
        store.note_erased(&customer, until - 1).await.unwrap();
        store.forget(&customer, until).await.unwrap();
        for others in [1, 20] {
            let mut customers: Vec<String> = (0..others).map(|number| format!("nobody-{number}")).collect();
            customers.push(customer.clone());
            let erased = store.erased(&customers).await.unwrap();
            assert_eq!(erased, [(customer.clone(), until)].into(), "the later one counts");
        }
    }
    let after = all(&store).await;
    assert!(after.iter().all(|invoice| invoice.customer.is_forgotten()));
    let numbers =
        |invoices: &[Invoice]| invoices.iter().map(|one| (one.number, one.access_key.clone())).collect::<Vec<_>>();
    assert_eq!(numbers(&after), numbers(&before));
    issuing.issue(&orders(61..=61), || testing::NOW).await.unwrap();
    assert!(all(&store).await.iter().all(|invoice| invoice.customer.is_forgotten()), "read later, forgotten at once");
    close(&store).await;
}
