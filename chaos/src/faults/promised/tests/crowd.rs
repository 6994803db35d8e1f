use tokio::net::TcpListener;

use super::*;

#[test]
fn a_client_waits_since_its_last_position_or_since_the_beginning() {
    assert_eq!(longest_wait([1_500, 1_900].into_iter(), 1_000, 2_000), 500);
    assert_eq!(longest_wait([0, 1_900].into_iter(), 1_000, 2_000), 1_000, "not for what it missed before");
    assert_eq!(longest_wait([2_100].into_iter(), 1_000, 2_000), 0);
    assert_eq!(longest_wait([].into_iter(), 1_000, 2_000), 0);
}

/// Accepts one connection, answers it with this, and returns what it had sent by then.
async fn answered(answer: &'static str, is_unread: bool) -> (Result<TcpStream>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serve = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let (mut sent, mut piece) = (Vec::new(), [0; 1024]);
        while let Ok(Ok(count)) = timeout(Duration::from_millis(200), tcp.read(&mut piece)).await {
            sent.extend_from_slice(&piece[..count]);
        }
        tcp.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(sent).unwrap()
    };
    tokio::join!(connect(&address, is_unread, 0), serve)
}

#[tokio::test]
async fn an_unread_socket_is_upgraded_and_an_unfinished_upgrade_never_ends_its_request() {
    let (unread, sent) = answered("HTTP/1.1 101 Switching Protocols\r\n\r\n", true).await;
    unread.unwrap();
    assert!(sent.contains("Sec-WebSocket-Key: ") && sent.ends_with("\r\n\r\n"), "{sent}");
    let key = sent.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    assert_eq!(STANDARD.decode(key).unwrap().len(), 16, "as RFC 6455 demands");
    let (unfinished, sent) = answered("", false).await;
    unfinished.unwrap();
    assert!(!sent.contains("\r\n\r\n"), "{sent}");
}

#[tokio::test]
async fn a_refused_upgrade_is_no_unread_socket() {
    let (refused, _) = answered("HTTP/1.1 503 Service Unavailable\r\n\r\n", true).await;
    assert!(refused.unwrap_err().to_string().contains("503"));
}
