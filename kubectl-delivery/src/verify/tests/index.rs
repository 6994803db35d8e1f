use std::sync::{Arc, Mutex};

use delivery_messages::{Millis, NewPosition};
use delivery_verify::fingerprints::Fingerprints;
use delivery_verify::report::SinkVerdict;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::cluster::gateway::GatewayArguments;

const START: Millis = 1_795_340_000_000;

fn indexed(seq: u64) -> Value {
    json!({"seq": seq, "at": START + i64::try_from(seq).unwrap_or_default(), "position": [-15.8, -47.9], "speed": 8.5,
        "heading": 90.0, "progress": 0.5, "finished": false})
}

fn log(count: u64) -> LogSide {
    let mut fingerprints = Fingerprints::default();
    for seq in 0..count {
        fingerprints.add(&NewPosition {
            seq,
            at: START + i64::try_from(seq).unwrap_or_default(),
            position: [-47.9, -15.8],
            speed: 8.5,
            heading: 90.0,
            progress: 0.5,
            finished: false,
            route_id: String::new(),
            client_id: String::new(),
            delivery_id: String::new(),
        });
    }
    LogSide { fingerprints, next: count, last_seq: count.checked_sub(1), ..LogSide::default() }
}

/// A gateway with these answers, and the paths that were requested.
async fn gateway(mut answer: impl FnMut(&str) -> Value + Send + 'static) -> (Server, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requested = Arc::new(Mutex::new(Vec::new()));
    let paths = Arc::clone(&requested);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let length = socket.read(&mut request).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            let body = answer(&path).to_string();
            paths.lock().unwrap().push(path);
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = socket.write_all((head + &body).as_bytes()).await;
        }
    });
    (GatewayArguments { gateway: Some(address) }.at_address().unwrap(), requested)
}

#[tokio::test]
async fn the_index_is_read_again_from_the_first_missing_position() {
    let mut reads = 0;
    let (gateway, requested) = gateway(move |path| match path {
        "/history" => json!({"oldest": START}),
        // The first read finds a page with a next one, and then too early an end.
        "/history/deliveries/d%2D1/positions?limit=5000" => json!({"positions": [indexed(0), indexed(1)], "next": 1}),
        "/history/deliveries/d%2D1/positions?limit=5000&after=1" => {
            reads += 1;
            let found = if reads == 1 { vec![] } else { vec![indexed(2), indexed(3)] };
            json!({"positions": found, "next": null})
        }
        other => panic!("unexpected request for {other}"),
    })
    .await;
    let found = compare(&gateway, [("d-1".to_owned(), log(4))], Duration::from_secs(30)).await.unwrap();
    assert_eq!((found["d-1"].verdict, found["d-1"].indexed), (SinkVerdict::Same, 4));
    assert_eq!(requested.lock().unwrap().len(), 4, "the first page was not requested again");
}

#[tokio::test]
async fn the_wait_is_limited() {
    let (gateway, _) = gateway(|path| match path {
        "/history" => json!({"oldest": null}),
        _ => json!({"positions": [], "next": null}),
    })
    .await;
    let started = Instant::now();
    let found = compare(&gateway, [("d1".to_owned(), log(4))], Duration::from_secs(2)).await.unwrap();
    assert_eq!((found["d1"].verdict, found["d1"].missing), (SinkVerdict::Behind, 4));
    assert!((2..10).contains(&started.elapsed().as_secs()));
}
