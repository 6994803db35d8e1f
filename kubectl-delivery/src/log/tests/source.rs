use tokio::net::TcpListener;

use super::*;

#[tokio::test]
async fn a_list_of_servers_is_open_if_one_of_them_accepts_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap().to_string();
    assert!(is_open(&format!("no-such-host.invalid:9092, {open}")).await);
    drop(listener);
    assert!(!is_open(&open).await);
    assert!(!is_open("no-such-host.invalid:9092").await);
    // On a machine without IPv6 there is no such broker.
    if let Ok(listener) = TcpListener::bind("[::1]:0").await {
        assert!(is_open(&format!("[::1]:{}", listener.local_addr().unwrap().port())).await);
    }
}
