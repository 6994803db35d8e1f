use futures::StreamExt;

use super::*;

#[tokio::test]
async fn a_delivery_is_woken_in_its_namespace_and_a_full_queue_blocks_nothing() {
    let mut wake = Wake::default();
    let receiver = wake.namespace("shop");
    wake.delivery("elsewhere", "a");
    for _ in 0..3 * CAPACITY {
        wake.delivery("shop", "primeiro");
    }
    drop(wake);
    let woken: Vec<_> = receiver.collect().await;
    assert_eq!(woken.len(), CAPACITY);
    assert_eq!((woken[0].name.as_str(), woken[0].namespace.as_deref()), ("primeiro", Some("shop")));
}
