//! The store against a real server: `MONGODB_URI=mongodb://… cargo test -p delivery-purchases -- --ignored`.

use mongodb::bson::doc;

use crate::config::MongodbConfig;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::purchase::{Purchase, State};
use crate::store::listing::{ListingQuery, page};
use crate::store::mongo::MongoStore;
use crate::store::{Insertion, Store, Term};
use crate::testing::{NOW, purchase};

async fn open() -> MongoStore {
    let uri = std::env::var("MONGODB_URI").expect("MONGODB_URI names the server");
    let file = std::env::temp_dir().join(format!("mongodb-uri-{}", uuid::Uuid::new_v4()));
    std::fs::write(&file, uri).unwrap();
    let database = format!("test_{}", uuid::Uuid::new_v4().simple());
    let store = MongoStore::connect(&MongodbConfig { uri_file: file.clone(), database }).await.unwrap();
    std::fs::remove_file(file).unwrap();
    store.prepare().await.unwrap();
    store.ping().await.unwrap();
    store
}

async fn close(store: &MongoStore) {
    store.database().run_command(doc! {"dropDatabase": 1}).await.unwrap();
}

/// A purchase that was made a number of milliseconds later than the others.
fn later(id: &str, customer: usize, milliseconds: i64) -> Purchase {
    Purchase { created_at: NOW + milliseconds, ..purchase(id, customer) }
}

fn approved(id: &str, sequence: i64) -> Decision {
    Decision { purchase_id: id.to_owned(), outcome: Outcome::Approved, at: NOW + 250, sequence }
}

fn ids(purchases: &[Purchase]) -> Vec<&str> {
    purchases.iter().map(|purchase| purchase.id.as_str()).collect()
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_purchase_goes_its_way_through_the_store() {
    let store = open().await;
    let first = [later("p1", 1, 0), later("p2", 2, 1)];
    assert_eq!(store.insert(&first).await.unwrap(), [Insertion::Stored; 2]);
    let second = [later("p2", 9, 7), later("p3", 1, 2)];
    assert_eq!(store.insert(&second).await.unwrap(), [Insertion::Known, Insertion::Stored]);
    assert_eq!(store.find("p2").await.unwrap().unwrap(), first[1], "the first of a key stays");
    assert_eq!(store.find("p9").await.unwrap(), None);
    assert!(store.under_way(9).await.unwrap().is_empty(), "whoever has stored them says which go on the list");
    for _ in 0..2 {
        store.note_under_way(&[first[0].clone(), first[1].clone(), second[1].clone()]).await.unwrap();
    }
    assert_eq!(store.under_way(9).await.unwrap(), ["p1", "p2", "p3"]);
    assert_eq!(store.under_way(1).await.unwrap(), ["p1"]);
    let entries = store.entries(&["p3".to_owned(), "p9".to_owned()]).await.unwrap();
    assert_eq!(entries, [second[1].clone()]);

    let refused = Decision { outcome: Outcome::Failed("PaymentRefused".to_owned()), ..approved("p2", 2) };
    let counted = store.decide(&[approved("p1", 1), refused.clone()]).await.unwrap();
    assert_eq!(counted, [approved("p1", 1), refused.clone()]);
    let mut counted = store.decide(&[approved("p2", 3), approved("p3", 4)]).await.unwrap();
    counted.sort_by_key(|decision| decision.sequence);
    assert_eq!(counted, [refused.clone(), approved("p3", 4)], "the first decision counts");
    store.apply(&[approved("p1", 1), refused]).await.unwrap();
    let failed = store.find("p2").await.unwrap().unwrap();
    assert_eq!((failed.state, failed.reason.as_deref()), (State::Failed, Some("PaymentRefused")));
    assert_eq!(ids(&store.open(9).await.unwrap()), ["p1", "p3"], "approved ones come first");

    let done = ["p1".to_owned(), "p2".to_owned()];
    store.note_published(&done[..1], NOW + 300).await.unwrap();
    store.settle(&done).await.unwrap();
    let published = store.find("p1").await.unwrap().unwrap();
    let expected = (State::Approved, Some(NOW + 250), Some(NOW + 300), Some(1));
    assert_eq!((published.state, published.approved_at, published.published_at, published.sequence), expected);
    assert_eq!(store.under_way(9).await.unwrap(), ["p3"]);
    assert_eq!(ids(&store.open(9).await.unwrap()), ["p3"]);

    assert_eq!(store.newest_approval().await.unwrap(), Some(NOW + 250));
    assert_eq!(ids(&store.published_since(NOW + 250, 0, 9).await.unwrap()), ["p1"]);
    assert!(store.published_since(NOW + 251, 0, 9).await.unwrap().is_empty());
    assert!(store.published_since(NOW, 1, 9).await.unwrap().is_empty(), "the decisions after that one");
    assert_eq!(store.log_id().await.unwrap(), None);
    for id in ["a", "b"] {
        store.note_log_id(id).await.unwrap();
        assert_eq!(store.log_id().await.unwrap().as_deref(), Some(id));
    }
    store.forget(&first[0].order.customer.id, NOW).await.unwrap();
    assert!(store.published_since(NOW, 0, 9).await.unwrap().is_empty(), "the customer is forgotten");
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn many_are_found_by_their_ids_as_few_are() {
    let store = open().await;
    let purchases: Vec<Purchase> = (0..40).map(|number| later(&format!("p{number:02}"), 1, number)).collect();
    store.note_under_way(&purchases).await.unwrap();
    let all: Vec<String> = purchases.iter().map(|purchase| purchase.id.clone()).collect();
    let decisions: Vec<Decision> = all.iter().zip(1..).map(|(id, sequence)| approved(id, sequence)).collect();
    store.decide(&decisions).await.unwrap();
    for count in [0, 1, 16, 17, 40] {
        let mut entries = store.entries(&all[..count]).await.unwrap();
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(entries, purchases[..count]);
        let mut found = store.decisions(&all[..count]).await.unwrap();
        found.sort_by_key(|decision| decision.sequence);
        assert_eq!(found, decisions[..count]);
    }
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn the_list_is_in_pages_by_customer_and_state() {
    let store = open().await;
    // Two of the same millisecond, between which a page ends.
    let purchases = [later("p1", 1, 0), later("p2", 1, 1), later("p3", 1, 1), later("p4", 2, 2)];
    store.insert(&purchases).await.unwrap();
    store.apply(&[approved("p2", 1)]).await.unwrap();
    let all = ListingQuery { customer_id: None, state: None, limit: 2, after: None };
    let (first, next) = page(&all, store.list(&all).await.unwrap());
    assert_eq!(ids(&first), ["p4", "p3"]);
    let rest = ListingQuery { after: next, ..all.clone() };
    let (rest, next) = page(&rest, store.list(&rest).await.unwrap());
    assert_eq!((ids(&rest), next), (vec!["p2", "p1"], None));
    let customer = ListingQuery { customer_id: Some(purchases[3].order.customer.id.clone()), ..all.clone() };
    assert_eq!(ids(&store.list(&customer).await.unwrap()), ["p4"]);
    let approved = ListingQuery { state: Some(State::Approved), ..all };
    assert_eq!(ids(&store.list(&approved).await.unwrap()), ["p2"]);
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn of_many_that_decide_at_once_one_counts_for_all() {
    let store = open().await;
    let decide = |sequence| {
        let store = &store;
        async move { store.decide(&[approved("p1", sequence)]).await.unwrap() }
    };
    let counted = futures::future::join_all((1..=20).map(decide)).await;
    assert!(counted.iter().all(|decisions| decisions.len() == 1 && *decisions == counted[0]), "{counted:?}");
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn of_many_that_begin_a_term_at_once_one_has_it() {
    let store = open().await;
    assert_eq!(store.newest_term().await.unwrap(), None);
    let term = |number, holder: &str| Term { number, holder: holder.to_owned(), beats: 0, is_over: false };
    let begin = |number: u32| {
        let (store, term) = (&store, term(1, &number.to_string()));
        async move { store.begin_term(&term).await.unwrap() }
    };
    let outcomes = futures::future::join_all((0..20).map(begin)).await;
    assert_eq!(outcomes.iter().filter(|has_begun| **has_begun).count(), 1);
    assert!(store.begin_term(&term(2, "a")).await.unwrap());
    let sign = Term { beats: 7, is_over: true, ..term(2, "a") };
    store.note_term(&sign).await.unwrap();
    assert_eq!(store.newest_term().await.unwrap(), Some(sign));
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn a_customer_is_forgotten_in_what_is_finished_and_in_nothing_else() {
    let store = open().await;
    let many: Vec<Purchase> = (0..60).map(|number| later(&format!("p{number:02}"), 1, number)).collect();
    let others = [later("q1", 1, 100), later("q2", 2, 0), later("q3", 1, 1)];
    store.insert(&many).await.unwrap();
    store.insert(&others).await.unwrap();
    let mut finished: Vec<String> = many.iter().map(|purchase| purchase.id.clone()).collect();
    finished.extend(["q1".to_owned(), "q2".to_owned()]);
    store.note_published(&finished, NOW + 300).await.unwrap();
    let customer = many[0].order.customer.id.clone();
    for _ in 0..2 {
        store.note_erased(&customer, NOW + 99).await.unwrap();
        store.note_erased(&customer, NOW).await.unwrap();
        store.forget(&customer, NOW + 99).await.unwrap();
        let erased = store.erased(&[customer.clone(), "nobody".to_owned()]).await.unwrap();
        assert_eq!(erased, [(customer.clone(), NOW + 99)].into(), "the later one counts");
    }
    for purchase in &many {
        let found = store.find(&purchase.id).await.unwrap().unwrap();
        let left = (found.order.customer.name.as_str(), found.order.customer.email.as_str());
        assert_eq!((left, &found.order.items), (("", ""), &purchase.order.items), "{}", purchase.id);
    }
    for other in &others {
        let found = store.find(&other.id).await.unwrap().unwrap();
        assert_eq!(found.order, other.order, "newer, of another customer, or under way: {}", other.id);
    }
    close(&store).await;
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn commands_that_change_many_at_once_do_not_wait_for_one_another() {
    let store = open().await;
    let all: Vec<Purchase> = (0..100).map(|number| later(&format!("p{number}"), number, 0)).collect();
    store.insert(&all).await.unwrap();
    let decisions: Vec<Decision> = (0..100).map(|number| approved(&format!("p{number}"), number)).collect();
    let ids: Vec<String> = all.iter().map(|purchase| purchase.id.clone()).collect();
    for _ in 0..3 {
        // A server that has no connection left for any of them answers none within the time limit.
        let (first, second, third, fourth) = tokio::join!(
            store.apply(&decisions),
            store.note_published(&ids, NOW + 300),
            store.apply(&decisions),
            store.note_published(&ids, NOW + 300),
        );
        first.and(second).and(third).and(fourth).unwrap();
    }
    close(&store).await;
}
