use super::*;

#[tokio::test]
async fn one_request_is_sent_and_the_answer_is_read_to_its_end() {
    let (here, mut there) = tokio::io::duplex(4_096);
    let answering = tokio::spawn(async move {
        let mut request = vec![0; 1_024];
        let length = there.read(&mut request).await.unwrap();
        there
            .write_all(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[{\"proxy\": \"a.shop\"}]")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let answer = exchange(here).await.unwrap();
    assert!(answering.await.unwrap().starts_with("GET /debug/syncz HTTP/1.0\r\n"));
    assert_eq!(list(&answer).unwrap()[0]["proxy"], "a.shop");
}

#[test]
fn anything_but_a_list_is_no_answer() {
    for answer in
        ["", "HTTP/1.0 401 Unauthorized\r\n\r\n[]", "HTTP/1.0 200 OK\r\n\r\nno", "HTTP/1.0 200 OK\r\n\r\n{}", "[]"]
    {
        assert_eq!(list(answer.as_bytes()), None, "{answer}");
    }
}
