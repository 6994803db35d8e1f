use super::*;

#[test]
fn the_spread_is_of_the_sample_in_any_order() {
    assert_eq!(spread(&mut [0.9, 0.5, 0.7, 0.6, 0.8]), Some((0.5, 0.7, 0.9)));
    assert_eq!(spread(&mut [0.4]), Some((0.4, 0.4, 0.4)));
    assert_eq!(spread(&mut []), None);
}

#[test]
fn each_document_has_an_id_of_its_own_and_the_size_of_a_purchase() {
    let (one, other) = (document("bench-1", 1), document("bench-1", 501));
    assert_ne!(one.get_str("_id").unwrap(), other.get_str("_id").unwrap());
    assert_eq!(one.get_str("customerId").unwrap(), other.get_str("customerId").unwrap());
    assert!(one.to_string().len() > 500);
}

#[tokio::test]
async fn what_fails_ends_the_measurement() {
    let failed = timed(2, 0..10, |number| async move {
        anyhow::ensure!(number != 7, "seven");
        Ok(number)
    })
    .await;
    assert_eq!(failed.unwrap_err().to_string(), "seven");
    let (mut all, per_second) = timed(4, 3..6, |number| async move { anyhow::Ok(number) }).await.unwrap();
    all.sort_unstable();
    assert_eq!(all, [3, 4, 5]);
    assert!(per_second > 0.0);
}
