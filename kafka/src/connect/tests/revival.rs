use std::net::TcpListener;

use super::*;

#[test]
fn one_address_that_answers_is_enough() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert!(answers(&format!("127.0.0.1:1, PLAINTEXT://{address}")));
    drop(listener);
    assert!(!answers(&address.to_string()));
    assert!(!answers("no such host:9092,nothing"));
}
