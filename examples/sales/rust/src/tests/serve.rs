use super::*;

#[test]
fn what_is_kept_is_shown_without_the_purchases_and_nothing_is_an_empty_list() {
    let kept = br#"{"seen":["p-1"],"products":{"caf\u00e9":[2,3980],"tea":[1,5]}}"#;
    let expected = json!({"products": [
        {"product": "café", "quantity": 2, "totalCents": 3_980},
        {"product": "tea", "quantity": 1, "totalCents": 5},
    ]});
    assert_eq!(serde_json::from_str::<Value>(&body(kept).unwrap()).unwrap(), expected);
    assert_eq!(body(b"").unwrap(), r#"{"products":[]}"#);
    assert!(body(b"{").is_err());
}

#[test]
fn a_request_is_answered_however_its_head_is_cut_and_what_is_none_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let mut answers = listener.incoming().take(2).map(|client| answer(client.unwrap(), "no such file"));
        (answers.next().unwrap().is_ok(), answers.next().unwrap().is_ok())
    });
    drop(TcpStream::connect(address).unwrap());
    let mut client = TcpStream::connect(address).unwrap();
    for part in ["GET / HTTP/1.1\r\nhost: sales\r", "\n\r\n"] {
        client.write_all(part.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    let mut answered = String::new();
    client.read_to_string(&mut answered).unwrap();
    assert!(
        answered.starts_with("HTTP/1.1 200 OK\r\n") && answered.ends_with("\r\n\r\n{\"products\":[]}"),
        "{answered}"
    );
    assert_eq!(serving.join().unwrap(), (true, true));
}
