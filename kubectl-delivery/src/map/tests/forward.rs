use super::*;

#[tokio::test]
async fn a_port_in_use_is_named_with_the_way_out_and_0_takes_a_free_one() {
    let (first, address) = listen(0).await.unwrap();
    assert!(address.ip().is_loopback() && address.port() > 0);
    let taken = listen(address.port()).await.unwrap_err().to_string();
    assert!(taken.contains(&address.to_string()) && taken.contains("--port"), "{taken}");
    drop(first);
    listen(address.port()).await.unwrap();
}
