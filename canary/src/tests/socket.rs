use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;

use super::*;

#[tokio::test]
async fn a_frame_without_an_end_ends_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}/ws", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut server = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        let _ = server.send(Message::text("A".repeat(MAX_FRAME + 1))).await;
        while let Some(Ok(_)) = server.next().await {}
    });
    let mut socket = Socket::open(&address, None).await.unwrap();
    let Err(Cut::Lost(why)) = socket.next().await else { panic!("it was read") };
    assert!(why.to_lowercase().contains("too long"), "{why}");
}
