use delivery_observability::Health;

use super::*;
use crate::domain::decision::{Decision, Outcome};
use crate::testing::store::MemoryStore;
use crate::testing::{NOW, purchase};

fn erasing(store: &Arc<MemoryStore>) -> Erasing<MemoryStore> {
    let heartbeat = Health::default().heartbeat("erasures", std::time::Duration::from_mins(1));
    Erasing { store: Arc::clone(store), heartbeat }
}

/// Has a purchase stored, approved and written to Kafka.
async fn bought(store: &MemoryStore, purchase: &Purchase) {
    store.insert(std::slice::from_ref(purchase)).await.unwrap();
    let decision = Decision { purchase_id: purchase.id.clone(), outcome: Outcome::Approved, at: NOW, sequence: 1 };
    store.apply(&[decision]).await.unwrap();
    store.note_published(std::slice::from_ref(&purchase.id), NOW).await.unwrap();
}

fn customer(store: &MemoryStore, id: &str) -> String {
    let purchase = store.all().into_iter().find(|purchase| purchase.id == id).unwrap();
    format!("{}|{}", purchase.order.customer.name.as_str(), purchase.order.customer.email.as_str())
}

fn erasure(purchase: &Purchase, erased_at: i64) -> Erasure {
    Erasure { customer_id: purchase.order.customer.id.clone(), erased_at }
}

#[tokio::test]
async fn a_customer_is_forgotten_in_what_was_bought_before_and_amounts_and_others_stay() {
    let store = Arc::new(MemoryStore::default());
    let (old, other) = (purchase("p1", 7), purchase("p2", 8));
    let later = Purchase { created_at: NOW + 10, ..purchase("p3", 7) };
    for one in [&old, &other, &later] {
        bought(&store, one).await;
    }
    for _ in 0..2 {
        erasing(&store).erase(&erasure(&old, NOW + 5)).await.unwrap();
        assert_eq!(customer(&store, "p1"), "|");
        assert_eq!(customer(&store, "p2"), "Customer 8|customer8@example.com");
        assert_eq!(customer(&store, "p3"), "Customer 7|customer7@example.com");
    }
    let kept = store.find("p1").await.unwrap().unwrap();
    assert_eq!((&kept.order.items, kept.order.total), (&old.order.items, old.order.total));
    assert_eq!(kept.order.customer.id, old.order.customer.id);
    assert_ne!(kept.fingerprint, old.fingerprint);
}

#[tokio::test]
async fn what_is_under_way_is_finished_and_then_forgotten() {
    let store = Arc::new(MemoryStore::default());
    let pending = purchase("p1", 7);
    store.insert(std::slice::from_ref(&pending)).await.unwrap();
    erasing(&store).erase(&erasure(&pending, NOW)).await.unwrap();
    assert_eq!(customer(&store, "p1"), "Customer 7|customer7@example.com", "it is still to be paid");
    bought(&store, &pending).await;
    forget_settled(&*store, &[&pending]).await.unwrap();
    assert_eq!(customer(&store, "p1"), "|");
}

#[tokio::test]
async fn an_older_erasure_that_is_read_again_does_not_take_a_newer_one_back() {
    let store = Arc::new(MemoryStore::default());
    let old = purchase("p1", 7);
    erasing(&store).erase(&erasure(&old, NOW + 5)).await.unwrap();
    erasing(&store).erase(&erasure(&old, NOW - 5)).await.unwrap();
    let erased = store.erased(std::slice::from_ref(&old.order.customer.id)).await.unwrap();
    assert_eq!(erased.get(&old.order.customer.id), Some(&(NOW + 5)));
    bought(&store, &old).await;
    forget_settled(&*store, &[&old]).await.unwrap();
    assert_eq!(customer(&store, "p1"), "|");
}

#[tokio::test]
async fn only_purchases_whose_customers_are_erased_are_kept_to_be_forgotten() {
    let store = Arc::new(MemoryStore::default());
    let (old, other) = (purchase("p1", 7), purchase("p2", 8));
    let later = Purchase { created_at: NOW + 10, ..purchase("p3", 7) };
    let all = [&old, &other, &later];
    assert!(keep_to_forget(&*store, &all).await.unwrap().is_empty(), "nobody is erased");
    erasing(&store).erase(&erasure(&old, NOW + 5)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(keep_to_forget(&*store, &all).await.unwrap(), ["p1"]);
        assert_eq!(store.under_way(9).await.unwrap(), ["p1"], "once, however often it is kept");
    }
}
