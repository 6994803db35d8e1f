//! The store against a real server: `MONGODB_URI=mongodb://… cargo test -p delivery-gateway -- --ignored`.

use std::collections::BTreeSet;
use std::time::Duration;

use delivery_messages::deliveries::erased::Of;
use delivery_messages::{Erased, Plan, PlanPhase, StatePhase};
use mongodb::bson::{Document, doc};

use crate::config::MongodbConfig;
use crate::delivery_store::client::DeliveryStore;
use crate::delivery_store::listing::{ListingQuery, page};
use crate::delivery_store::statements::{Outcome, Statement, Updates, command, outcome};
use crate::delivery_store::write::WriteCounts;
use crate::model::delivery::Phase;
use crate::model::record::Record;
use crate::testing::{self, plan_record, route_record, state_record};

/// The store at an address, whether or not a server is there.
async fn opened(uri: &str) -> DeliveryStore {
    let file = std::env::temp_dir().join(format!("mongodb-uri-{}", uuid::Uuid::new_v4()));
    std::fs::write(&file, uri).unwrap();
    let database = format!("test_{}", uuid::Uuid::new_v4().simple());
    let store = DeliveryStore::open(&MongodbConfig { uri_file: file.clone(), database }).await.unwrap();
    std::fs::remove_file(file).unwrap();
    store
}

async fn open() -> DeliveryStore {
    let store = opened(&std::env::var("MONGODB_URI").expect("MONGODB_URI names the server")).await;
    store.prepare().await.unwrap();
    store.ping().await.unwrap();
    store
}

#[tokio::test]
async fn a_server_at_an_ipv6_address_in_brackets_is_called() {
    // On a machine without IPv6 there is no such server.
    let Ok(server) = tokio::net::TcpListener::bind("[::1]:0").await else { return };
    let store = opened(&format!("mongodb://[::1]:{}/deliveries", server.local_addr().unwrap().port())).await;
    let asking = tokio::spawn(async move { store.ping().await });
    tokio::time::timeout(Duration::from_secs(10), server.accept()).await.expect("it is called in time").unwrap();
    asking.abort();
}

fn statements(records: &[Record]) -> Vec<Statement> {
    records.iter().map(|record| Statement::of(record).unwrap()).collect()
}

#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn what_is_written_twice_or_late_changes_nothing_and_what_is_new_beside_it_is_written() {
    let store = open().await;
    let first =
        statements(&[plan_record(testing::plan("d1")), state_record(testing::state("d1", 9, StatePhase::Finished), 7)]);
    let written = |written, older| WriteCounts { written, older, refused: 0 };
    assert_eq!(store.write("deliveries", &first).await.unwrap(), written(2, 0));
    assert_eq!(store.write("deliveries", &first).await.unwrap(), written(0, 2));
    let mixed = statements(&[
        state_record(testing::state("d1", 4, StatePhase::Running), 0),
        plan_record(testing::plan("d1")),
        plan_record(Plan { phase: PlanPhase::Cancelled, ..testing::plan("d2") }),
        plan_record(testing::plan("d3")),
    ]);
    assert_eq!(store.write("deliveries", &mixed).await.unwrap(), written(2, 2));
    let found = store.delivery("d1").await.unwrap().unwrap();
    assert_eq!((found.phase, found.ended), (Phase::Finished, Some(testing::NOW + 7)));
    assert_eq!(store.delivery("d2").await.unwrap().unwrap().phase, Phase::Cancelled);

    let ids = |query: ListingQuery, past| {
        page(&query, Vec::new(), past)
            .0
            .into_iter()
            .map(|delivery| delivery.about.delivery_id.clone())
            .collect::<Vec<_>>()
    };
    for (phase, limit, expected) in [
        (None, 9, vec!["d2", "d1"]),
        (None, 1, vec!["d2"]),
        (Some(Phase::Finished), 9, vec!["d1"]),
        (Some(Phase::Cancelled), 9, vec!["d2"]),
        (Some(Phase::Failed), 9, vec![]),
    ] {
        let query =
            ListingQuery { phase, past: false, courier: None, namespace: None, name: None, limit, before: None };
        let past = store.past(&query).await.unwrap();
        assert_eq!(ids(query, past), expected, "{phase:?}");
    }
    for (namespace, expected) in [("code-delivery", vec!["d1"]), ("other", vec![])] {
        let (namespace, name) = (Some(namespace.to_owned()), Some("name-d1".to_owned()));
        let query = ListingQuery { phase: None, past: false, courier: None, namespace, name, limit: 9, before: None };
        let past = store.past(&query).await.unwrap();
        assert_eq!(ids(query, past), expected);
    }
    let route = testing::route("1", "Primeiro");
    store.write("routes", &statements(&[route_record(route.clone())])).await.unwrap();
    assert_eq!(store.route(&route.key()).await.unwrap(), Some(route));
    store.database().run_command(doc! {"dropDatabase": 1}).await.unwrap();
}

/// Including a replica that did not know of the erasure, and one that reads the log from its beginning again.
#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn what_is_erased_leaves_nothing_of_it_and_no_late_record_brings_it_back() {
    let store = open().await;
    let records = [plan_record(testing::plan("d1")), state_record(testing::state("d1", 9, StatePhase::Finished), 7)];
    let (all, other) = (statements(&records), statements(&[plan_record(testing::plan("d2"))]));
    store.write("deliveries", &all).await.unwrap();
    store.write("deliveries", &other).await.unwrap();
    let erased = |id: &str| Record::Erased { id: id.into(), erased: Some(Erased { erased_at: 7, of: Of::Delivery }) };
    let list = statements(&[erased("d1"), erased("never-seen")]);
    let written = |written, older| WriteCounts { written, older, refused: 0 };
    assert_eq!(store.write("deliveries", &list).await.unwrap(), written(2, 0));
    assert_eq!(store.write("deliveries", &list).await.unwrap(), written(0, 2));
    assert_eq!(store.write("deliveries", &all).await.unwrap(), written(0, 2), "a replay");
    // A replica that read the versions before the id was erased writes after the erasure.
    let command = command("deliveries", &all, Updates::Atomic);
    let answer = store.database().run_command(command).await.unwrap();
    assert_eq!(outcome(&answer), Outcome::Collision);
    let deliveries = store.database().collection::<Document>("deliveries");
    let left = deliveries.find_one(doc! {"_id": "d1"}).await.unwrap().unwrap();
    assert_eq!(
        left.keys().collect::<BTreeSet<_>>(),
        ["_id", "erasedAt", "planVersion", "stateVersion"].map(String::from).iter().collect()
    );
    assert_eq!(store.delivery("d1").await.unwrap(), None);
    let courier = Some("moto-7".into());
    let query = ListingQuery { phase: None, past: false, courier, namespace: None, name: None, limit: 9, before: None };
    assert!(store.past(&query).await.unwrap().is_empty());
    let late = statements(&[plan_record(testing::plan("never-seen"))]);
    assert_eq!(store.write("deliveries", &late).await.unwrap(), written(0, 1));
    assert!(store.delivery("d2").await.unwrap().is_some(), "another is untouched");
    store.database().run_command(doc! {"dropDatabase": 1}).await.unwrap();
}

/// Two replicas that write the two parts of the same new deliveries at once lose neither part.
#[tokio::test]
#[ignore = "needs a server that speaks MongoDB's protocol, named by MONGODB_URI"]
async fn replicas_that_collide_lose_nothing() {
    let store = open().await;
    let ids: Vec<String> = (0..40).map(|number| format!("d{number}")).collect();
    let plans = statements(&ids.iter().map(|id| plan_record(testing::plan(id))).collect::<Vec<_>>());
    let states = ids.iter().map(|id| state_record(testing::state(id, 1, StatePhase::Running), 0));
    let states = statements(&states.collect::<Vec<_>>());
    let again = async |part: &[Statement]| while store.write("deliveries", part).await.is_err() {};
    tokio::join!(again(&plans), again(&states), again(&plans), again(&states));
    for id in &ids {
        let found = store.delivery(id).await.unwrap().unwrap();
        assert_eq!((found.phase, found.fix.map(|fix| fix.seq)), (Phase::Running, Some(1)), "{id}");
    }
    store.database().run_command(doc! {"dropDatabase": 1}).await.unwrap();
}
