use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;

use delivery_observability::locks::lock;
use delivery_observability::port::listen::everywhere;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use warp::Filter;
use warp::reply::Reply;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);
/// Much more than the kernel takes for a client that does not read.
const LARGE: usize = 4 << 20;
const STALL: Limits = Limits { connections: 8, stall: Duration::from_secs(1) };

/// A server on a port of its own.
struct Server {
    address: SocketAddr,
    drain: watch::Sender<bool>,
    /// Why connections were closed.
    closed: Arc<Mutex<Vec<&'static str>>>,
}

impl Server {
    fn start(limits: Limits) -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), limits)
    }

    fn at(address: SocketAddr, limits: Limits) -> Self {
        let listener = listen(address, Some(16 * 1024)).unwrap();
        let address = listener.local_addr().unwrap();
        let (drain, draining) = watch::channel(false);
        let closed = Arc::<Mutex<Vec<&'static str>>>::default();
        let heard = Arc::clone(&closed);
        let proxies = TrustedProxies::new(&["127.0.0.1".to_owned()]).unwrap();
        tokio::spawn(serve(listener, routes(), limits, proxies, draining, move |reason| lock(&heard).push(reason)));
        Self { address, drain, closed }
    }

    /// A client with a small receive buffer, which has sent a text.
    async fn client(&self, text: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2_048).unwrap();
        let mut client = socket.connect(self.address).await.unwrap();
        client.write_all(text.as_bytes()).await.unwrap();
        client
    }

    async fn until_closed(&self, reasons: &[&str]) {
        let wait = async {
            while *lock(&self.closed) != reasons {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("{:?}", self.closed));
    }
}

fn routes() -> BoxedFilter<(Response,)> {
    let small = warp::path!("small").map(|| "an answer".into_response());
    let large = warp::path!("large").map(|| vec![b'x'; LARGE].into_response());
    let address = |address: PeerAddress| format!("address {:?}.", address.bytes()).into_response();
    let address = warp::path!("address").and(warp::ext::get::<PeerAddress>()).map(address);
    small.or(large).unify().or(address).unify().boxed()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: map.example\r\n\r\n")
}

/// Reads until a text has come, or the connection is closed.
async fn read(client: &mut TcpStream, until: &str) -> String {
    let mut text = String::new();
    let reading = async {
        let mut bytes = [0; 1_024];
        while !text.contains(until) {
            let count = client.read(&mut bytes).await.unwrap_or(0);
            if count == 0 {
                break;
            }
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
    };
    timeout(LIMIT, reading).await.expect("neither an answer nor an end came");
    text
}

#[tokio::test]
async fn a_server_at_all_addresses_is_reached_over_ipv4_and_ipv6() {
    let server = Server::at(everywhere(0), STALL);
    // On a machine without IPv6 it listens on IPv4 alone.
    let has_ipv6 = server.address.is_ipv6();
    for local in [Some(Ipv4Addr::LOCALHOST.into()), has_ipv6.then(|| Ipv6Addr::LOCALHOST.into())].into_iter().flatten()
    {
        let mut client = TcpStream::connect(SocketAddr::new(local, server.address.port())).await.unwrap();
        client.write_all(get("/small").as_bytes()).await.unwrap();
        let answer = read(&mut client, "an answer").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{local}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_closed_when_the_process_is_to_end() {
    let server = Server::start(Limits { stall: LIMIT, ..STALL });
    let mut client = server.client("").await;
    for _ in 0..2 {
        client.write_all(get("/small").as_bytes()).await.unwrap();
        let answer = read(&mut client, "an answer").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("connection: close"), "{answer}");
    }
    server.drain.send_replace(true);
    assert_eq!(read(&mut client, "never").await, "", "it is closed");
    assert!(lock(&server.closed).is_empty(), "the client is not to blame");
}

#[tokio::test]
async fn whoever_has_yet_to_learn_of_the_end_is_served_and_told() {
    let server = Server::start(Limits { stall: LIMIT, ..STALL });
    let mut known = server.client(&get("/small")).await;
    read(&mut known, "an answer").await;
    server.drain.send_replace(true);
    known.write_all(get("/small").as_bytes()).await.unwrap();
    let mut new = server.client(&get("/small")).await;
    for client in [&mut known, &mut new] {
        let answer = read(client, "never").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"), "{answer}");
        assert!(answer.ends_with("an answer"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_request_is_closed_in_time() {
    let server = Server::start(STALL);
    let mut client = server.client("GET /small HTTP/1.1\r\nhost:").await;
    let answer = read(&mut client, "never").await;
    assert!(!answer.contains("200"), "{answer}");
    server.until_closed(&["no-request"]).await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed_in_time() {
    let server = Server::start(STALL);
    let _client = server.client(&get("/large")).await;
    server.until_closed(&["unread"]).await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(STALL);
    let begin = "GET /small HTTP/1.1\r\nhost: map.example\r\nx-long: ";
    // As long as may be, and not yet at its end.
    let head = format!("{begin}{}", "x".repeat(HEADER_BYTES - begin.len()));
    let mut client = server.client(&head).await;
    let answer = read(&mut client, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = Server::start(Limits { connections: 1, stall: LIMIT });
    let mut first = server.client(&get("/small")).await;
    read(&mut first, "an answer").await;
    let mut second = server.client(&get("/small")).await;
    let early = timeout(Duration::from_millis(300), second.read_u8()).await;
    assert!(early.is_err(), "{early:?}");
    drop(first);
    assert!(read(&mut second, "an answer").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_request_has_the_address_of_its_sender_and_behind_a_trusted_proxy_that_of_the_client() {
    let server = Server::start(STALL);
    for (forwarded, address) in [
        ("", "[127, 0, 0, 1]"),
        ("x-forwarded-for: 192.0.2.7\r\n", "[192, 0, 2, 7]"),
        ("x-forwarded-for: 192.0.2.7\r\nx-forwarded-for: 192.0.2.9, 127.0.0.1\r\n", "[192, 0, 2, 9]"),
    ] {
        let mut client = server.client(&format!("GET /address HTTP/1.1\r\nhost: map.example\r\n{forwarded}\r\n")).await;
        let answer = read(&mut client, "].").await;
        assert!(answer.ends_with(&format!("address {address}.")), "{answer}");
    }
}
