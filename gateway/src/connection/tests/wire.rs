use std::net::Ipv4Addr;

use bytes::BytesMut;
use futures::FutureExt;
use tokio::net::TcpListener;

use super::*;

/// Both ends of a connection; the first is the client's.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), accepted.unwrap().0)
}

#[tokio::test]
async fn a_connection_does_not_keep_the_buffer_that_its_request_was_read_into() {
    let (_client, tcp) = pair().await;
    let mut wire = None;
    let kept = allocation_counter::measure(|| {
        // As the HTTP server leaves it: the request was taken from it, and is gone.
        let mut buffer = BytesMut::with_capacity(8 * 1024);
        buffer.extend_from_slice(&[b'x'; 300]);
        drop(buffer.split_to(300));
        wire = Wire::new(tcp, buffer.freeze(), 1024).now_or_never();
    });
    assert!(wire.is_some());
    assert!(kept.bytes_current < 2 * 1024, "{} bytes", kept.bytes_current);
}

#[tokio::test]
async fn what_came_with_the_request_is_read_first() {
    let (_client, tcp) = pair().await;
    // Whole, and masked with zeros.
    let already = Bytes::from_static(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
    let mut wire = Wire::new(tcp, already, 1024).await;
    assert_eq!(wire.next().await.unwrap().unwrap(), Message::text("hi"));
}

#[tokio::test]
async fn a_client_that_is_up_to_date_takes_no_room_for_what_it_was_sent() {
    let (mut client, tcp) = pair().await;
    let mut wire = Wire::new(tcp, Bytes::new(), 1024).await;
    assert!(wire.text("short").await.is_continue());
    assert!(wire.gathered.capacity() > 0);
    assert!(wire.share().await.is_continue());
    assert_eq!(wire.gathered.capacity(), 0);
    let mut frame = [0; 7];
    client.read_exact(&mut frame).await.unwrap();
    assert_eq!(&frame, b"\x81\x05short");
}
