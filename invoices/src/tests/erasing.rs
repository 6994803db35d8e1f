use std::sync::Mutex;
use std::time::Duration;

use delivery_observability::Health;
use delivery_observability::locks::lock;
use prometheus_client::registry::Registry;

use super::*;
use crate::domain::email::{EmailState, Outcome};
use crate::domain::invoice::{Invoice, Order};
use crate::issuing::Issuing;
use crate::mail::mailer::Mailer;
use crate::mail::message::Letter;
use crate::metrics::Metrics;
use crate::sender::Sender;
use crate::sender::watch::Watch;
use crate::store::memory::MemoryStore;
use crate::testing::{self, NOW};

/// A mail server that refuses every address and quotes it, and counts what came.
#[derive(Default)]
struct Refusing(Mutex<usize>);

impl Mailer for Refusing {
    async fn send(&self, letter: &Letter) -> Outcome {
        *lock(&self.0) += 1;
        Outcome::Refused(format!("550 {}: no such user", letter.envelope.to()[0]))
    }
}

async fn erase(store: &Arc<MemoryStore>, order: &Order, erased_at: i64) {
    let heartbeat = Health::default().heartbeat("erasures", Duration::from_mins(1));
    let erasing = Erasing { store: Arc::clone(store), heartbeat };
    let customer_id = order.purchase.customer.id.clone();
    erasing.erase(&Erasure { customer_id, erased_at }).await.unwrap();
}

async fn issue(store: &Arc<MemoryStore>, orders: &[Order]) -> Vec<Invoice> {
    Issuing::new(Arc::clone(store), testing::issuer()).issue(orders, || NOW).await.unwrap()
}

async fn send(store: &Arc<MemoryStore>) -> usize {
    let mailer = Arc::new(Refusing::default());
    let sender = Sender {
        store: Arc::clone(store),
        mailer: Arc::clone(&mailer),
        holder: "tester".to_owned(),
        issuer: testing::issuer(),
        settings: testing::sender_settings(),
        connections: 2,
        give_up_after: 1_000_000,
        metrics: Metrics::new(&mut Registry::default()),
        clock: Arc::new(|| NOW + 1_000),
        watch: Watch::default(),
    };
    sender.round().await.unwrap();
    *lock(&mailer.0)
}

#[tokio::test]
async fn an_invoice_keeps_all_that_the_law_demands_but_neither_name_nor_address() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    let before = issue(&store, std::slice::from_ref(&order)).await.remove(0);
    for _ in 0..2 {
        erase(&store, &order, NOW).await;
        let after = store.invoice(&before.id).await.unwrap().unwrap();
        assert!(after.customer.is_forgotten() && after.customer.name.is_empty());
        assert_eq!(Invoice { customer: before.customer.clone(), ..after }, before);
    }
    assert_eq!(send(&store).await, 0, "nobody is written to");
    let settled = store.invoice(&before.id).await.unwrap().unwrap().email;
    assert_eq!((settled.state, settled.last_error.as_deref()), (EmailState::Bounced, Some("The customer was erased.")));
}

#[tokio::test]
async fn a_purchase_of_before_that_is_read_later_gets_its_number_without_the_customer_and_one_of_after_with() {
    let store = Arc::new(MemoryStore::default());
    let old = testing::order(1);
    let mut new = testing::order(2);
    new.purchase.created_at = NOW + 1;
    erase(&store, &old, NOW).await;
    let issued = issue(&store, &[old, new]).await;
    let found: Vec<_> = issued.iter().map(|invoice| (invoice.number, invoice.customer.is_forgotten())).collect();
    assert_eq!(found, [(1, true), (2, false)]);
}

#[tokio::test]
async fn the_offsets_set_back_bring_nothing_back() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    let id = issue(&store, std::slice::from_ref(&order)).await.remove(0).id;
    erase(&store, &order, NOW).await;
    assert!(issue(&store, std::slice::from_ref(&order)).await.is_empty());
    assert!(store.invoice(&id).await.unwrap().unwrap().customer.is_forgotten());
}

#[tokio::test]
async fn who_is_erased_while_an_invoice_is_issued_is_forgotten_when_the_batch_is_read_again() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    let id = issue(&store, std::slice::from_ref(&order)).await.remove(0).id;
    // The note was made, the invoice came after the sweep, and the issuer was killed before it looked again.
    store.note_erased(&order.purchase.customer.id, NOW).await.unwrap();
    issue(&store, std::slice::from_ref(&order)).await;
    assert!(store.invoice(&id).await.unwrap().unwrap().customer.is_forgotten());
}

#[tokio::test]
async fn whom_an_issuer_forgets_only_afterwards_is_not_handed_on_either() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    let issuing = Issuing::new(Arc::clone(&store), testing::issuer());
    // After the look before the invoice is made, and before the one after it.
    let now = || {
        store.content().erased.insert(order.purchase.customer.id.clone(), NOW);
        NOW
    };
    let issued = issuing.issue(std::slice::from_ref(&order), now).await.unwrap();
    assert!(issued[0].customer.is_forgotten());
    assert_eq!(store.invoice(&issued[0].id).await.unwrap().as_ref(), Some(&issued[0]));
}

#[tokio::test]
async fn who_was_erased_between_purchase_and_payment_is_forgotten_in_an_invoice_that_was_issued_first() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    assert!(order.purchase.created_at < order.purchase.approved_at);
    let id = issue(&store, std::slice::from_ref(&order)).await.remove(0).id;
    erase(&store, &order, order.purchase.created_at - 1).await;
    assert!(!store.invoice(&id).await.unwrap().unwrap().customer.is_forgotten(), "bought afterwards");
    erase(&store, &order, order.purchase.created_at).await;
    assert!(store.invoice(&id).await.unwrap().unwrap().customer.is_forgotten());
}

#[tokio::test]
async fn what_a_mail_server_says_is_kept_without_the_address() {
    let store = Arc::new(MemoryStore::default());
    let order = testing::order(1);
    let id = issue(&store, std::slice::from_ref(&order)).await.remove(0).id;
    assert_eq!(send(&store).await, 1);
    let error = store.invoice(&id).await.unwrap().unwrap().email.last_error.unwrap();
    assert_eq!(error, "550 the address: no such user");
}
