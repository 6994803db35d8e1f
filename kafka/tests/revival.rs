//! A cluster that says once that it has no brokers, as one may while its last broker stops or its first one starts.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::io::{Error, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use delivery_kafka::KafkaConfig;
use delivery_kafka::connect::context::Context;
use delivery_kafka::connect::revival;
use rdkafka::producer::{FutureProducer, Producer};

const METADATA: i16 = 3;
const API_VERSIONS: i16 = 18;
const UNSUPPORTED_VERSION: i16 = 35;
/// A client that receives metadata with no broker and no topic asks again; one that receives topics believes it.
const TOPICS: i32 = 2_000;

/// A broker that answers two kinds of requests: which it knows, and which brokers there are.
struct Broker {
    port: u16,
    is_empty: Arc<AtomicBool>,
}

impl Broker {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_empty = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_empty);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, told) = (stream.unwrap(), Arc::clone(&told));
                thread::spawn(move || while answer(&stream, port, &told).is_ok() {});
            }
        });
        Self { port, is_empty }
    }
}

/// Answers one request, in the oldest versions of the protocol that say what is needed.
fn answer(mut stream: &TcpStream, port: u16, is_empty: &AtomicBool) -> Result<(), Error> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut request = vec![0; usize::try_from(i32::from_be_bytes(length)).map_err(Error::other)?];
    stream.read_exact(&mut request)?;
    let number = |at: usize| i16::from_be_bytes([request[at], request[at + 1]]);
    let mut answer = request[4..8].to_vec();
    match (number(0), number(2)) {
        (API_VERSIONS, 0) => {
            answer.extend(0_i16.to_be_bytes());
            answer.extend(2_i32.to_be_bytes());
            for [key, oldest, newest] in [[METADATA, 0, 1], [API_VERSIONS, 0, 0]] {
                answer.extend([key, oldest, newest].into_iter().flat_map(i16::to_be_bytes));
            }
        }
        (API_VERSIONS, _) => {
            answer.extend(UNSUPPORTED_VERSION.to_be_bytes());
            answer.extend(0_i32.to_be_bytes());
        }
        (METADATA, 1) => {
            let count = i32::from(!is_empty.load(Ordering::SeqCst));
            answer.extend(count.to_be_bytes());
            if count == 1 {
                answer.extend(7_i32.to_be_bytes());
                answer.extend([0, 9]);
                answer.extend(b"127.0.0.1");
                answer.extend(i32::from(port).to_be_bytes());
                answer.extend((-1_i16).to_be_bytes());
            }
            answer.extend((-1_i32).to_be_bytes());
            answer.extend(TOPICS.to_be_bytes());
            for topic in 0..TOPICS {
                answer.extend(0_i16.to_be_bytes());
                answer.extend([0, 200]);
                answer.extend(format!("{topic:0200}").bytes());
                answer.push(0);
                answer.extend(0_i32.to_be_bytes());
            }
        }
        other => panic!("a request that this broker does not know: {other:?}"),
    }
    stream.write_all(&i32::try_from(answer.len()).map_err(Error::other)?.to_be_bytes())?;
    stream.write_all(&answer)
}

/// How many brokers the metadata that a client receives now lists.
fn brokers(client: &FutureProducer<Context>) -> usize {
    let metadata = client.client().fetch_metadata(None, Duration::from_secs(2));
    metadata.map_or(0, |metadata| metadata.brokers().len())
}

/// Of those that receive it, most are lost without help; not all, because it is a race within the library.
#[test]
fn clients_that_were_told_of_no_broker_find_the_next() {
    let broker = Broker::start();
    let config = KafkaConfig {
        bootstrap_servers: format!("127.0.0.1:{}", broker.port),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let settings = config.client("test").unwrap();
    let clients: Vec<Arc<FutureProducer<Context>>> =
        (0..8).map(|_| revival::open(&settings, Context).unwrap()).collect();
    assert!(clients.iter().all(|client| brokers(client) == 1));
    broker.is_empty.store(true, Ordering::SeqCst);
    assert!(clients.iter().all(|client| brokers(client) == 0));
    thread::sleep(Duration::from_secs(1));
    broker.is_empty.store(false, Ordering::SeqCst);
    let back = Instant::now();
    for client in &clients {
        while brokers(client) == 0 {
            assert!(back.elapsed() < Duration::from_secs(30), "a client has not found the broker again");
        }
    }
}
