//! Clients that do not read answers, or do not finish requests, on a real socket.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::Running;
use super::client::{Socket, get};
use super::sockets::{one_delivery, until};

/// Much more than the kernel takes for a client that does not read.
const FILE_BYTES: usize = 1 << 20;
const SOON: Duration = Duration::from_secs(10);

/// A gateway with a few places, whose page has one large file; and that page's directory.
async fn running(test: &str) -> (Running, PathBuf) {
    let directory = std::env::temp_dir().join(format!("gateway-unread-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    // Does not compress.
    let bytes: Vec<u8> =
        (0..FILE_BYTES).map(|place| (place.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    std::fs::write(directory.join("large.bin"), bytes).unwrap();
    let config = format!("limits: {{httpConnections: 16, stallSeconds: 2}}\nweb: {{directory: {directory:?}}}");
    (Running::ready(&config, one_delivery()).await, directory)
}

/// A client with a tiny receive buffer, which has sent `request`.
async fn client(running: &Running, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut tcp = socket.connect(running.address).await.unwrap();
    // The gateway may stop reading the requests before they are all sent.
    let _ = timeout(Duration::from_millis(200), tcp.write_all(request.replace('\n', "\r\n").as_bytes())).await;
    tcp
}

/// Reads until the connection ends; the bytes that came.
async fn rest(mut tcp: TcpStream) -> usize {
    let mut bytes = Vec::new();
    let _ = timeout(SOON, tcp.read_to_end(&mut bytes)).await.expect("the connection stays open");
    bytes.len()
}

/// How many connections the gateway has closed for this reason.
fn closed(running: &Running, reason: &str) -> u32 {
    let name = format!("http_connections_closed_total{{reason=\"{reason}\"}} ");
    running.metrics().lines().find_map(|line| line.split_once(&name)).map_or(0, |(_, count)| count.parse().unwrap())
}

#[tokio::test]
async fn clients_that_read_nothing_are_closed_and_keep_no_upgrade_out() {
    let (running, directory) = running("places").await;
    let file = "GET /large.bin HTTP/1.1\nhost: map.example\n\n".to_owned();
    let api = "GET /routes/1 HTTP/1.1\nhost: map.example\n\n".repeat(3_000);
    // All at once: one after another they would take as long as the first may stall.
    let clients = join_all((0..20).map(|number| client(&running, if number % 2 == 0 { &file } else { &api }))).await;
    let begun = Instant::now();
    Socket::open(&running).await;
    assert_eq!(get(&running, "/routes").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    until(|| closed(&running, "crowded") == 12).await;
    until(|| closed(&running, "unread") == 8).await;
    assert_eq!(closed(&running, "crowded"), 12);
    for client in clients {
        assert!(rest(client).await < FILE_BYTES);
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_the_whole_answer() {
    let (running, directory) = running("slow").await;
    let mut tcp = client(&running, "GET /large.bin HTTP/1.1\nhost: map.example\n\n").await;
    let begun = Instant::now();
    let mut received = 0;
    let mut piece = vec![0; 64 * 1024];
    while received < FILE_BYTES {
        let count = timeout(SOON, tcp.read(&mut piece)).await.unwrap().expect("it was cut off");
        assert!(count > 0, "it was cut off after {received} bytes");
        received += count;
        // Some 200 KiB a second.
        tokio::time::sleep(Duration::from_micros(u64::try_from(count).unwrap() * 5)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(3), "{:?}: longer than a client may stand still", begun.elapsed());
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_arrive_in_time_closes_the_connection() {
    let (running, directory) = running("request").await;
    let begun = Instant::now();
    let nothing = client(&running, "").await;
    let half = client(&running, "GET /ws HTTP/1.1\nconnection: upgrade\nupgrade: websocket\n").await;
    let mut dribbling = client(&running, "").await;
    let head = "GET /routes HTTP/1.1\r\nx-long: ".bytes().chain(std::iter::repeat(b'x'));
    for byte in head {
        if begun.elapsed() > SOON || dribbling.write_all(&[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for client in [nothing, half] {
        rest(client).await;
    }
    until(|| running.metrics().contains(r#"http_connections_closed_total{reason="no-request"} 3"#)).await;
    std::fs::remove_dir_all(directory).unwrap();
}
