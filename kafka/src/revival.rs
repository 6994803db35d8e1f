//! Clients that find Kafka again after they have lost every broker.
//!
//! A cluster whose brokers all stop or start may tell a client that it has no brokers. librdkafka then forgets all that it knew and,
//! since 2.10, may never look for another again (<https://github.com/confluentinc/librdkafka/issues/5301>). So clients are made by
//! [`open`]: when any of the process has reported that all brokers are down, each is given the addresses of its configuration once
//! more, as soon as somebody answers there. A client that needs no help drops them with the next answer of a broker.

use crate::client::KafkaClient;
use delivery_librdkafka::add_brokers;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeSet;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// How often to look whether somebody answers.
const LOOK: Duration = Duration::from_secs(1);
/// When the addresses are given after that. A broker that has just started may still say that there are none.
const PAUSES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(5)];

static WARD: Mutex<Ward> = Mutex::new(Ward { clients: Vec::new(), lost: false, watched: false });

/// The clients of this process.
struct Ward {
    clients: Vec<(String, Weak<dyn Revivable>)>,
    /// Whether one of them has lost all brokers since the last look.
    lost: bool,
    /// Whether a thread sees to them.
    watched: bool,
}

/// A client, of whichever kind, that can be given addresses.
trait Revivable: Send + Sync {
    /// Gives it addresses to turn to, besides those that it knows.
    fn turn_to(&self, servers: &str) -> Result<usize, KafkaError>;
}

impl<C: KafkaClient> Revivable for C {
    fn turn_to(&self, servers: &str) -> Result<usize, KafkaError> {
        add_brokers(self.client(), servers)
    }
}

/// Makes a client that is helped when it has lost every broker. Its context must hand its errors to [`heed`].
///
/// # Errors
/// When the settings cannot be used.
pub fn open<T, C>(settings: &ClientConfig, context: C) -> Result<Arc<T>, KafkaError>
where
    T: FromClientConfigAndContext<C> + KafkaClient,
    C: ClientContext,
{
    let client = Arc::new(settings.create_with_context::<C, T>(context)?);
    let servers = settings.get("bootstrap.servers").unwrap_or_default().to_owned();
    let known: Weak<dyn Revivable> = Arc::downgrade(&client) as _;
    let mut ward = ward();
    ward.clients.retain(|(_, client)| client.strong_count() > 0);
    ward.clients.push((servers, known));
    Ok(client)
}

/// Takes note of what a client reports; if it is that all brokers are down, a thread begins to see to it.
pub fn heed(error: &KafkaError) {
    if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
        return;
    }
    let mut ward = ward();
    ward.lost = true;
    if !ward.watched {
        ward.watched = thread::Builder::new().name("kafka-revival".to_owned()).spawn(watch).is_ok();
    }
}

fn ward() -> MutexGuard<'static, Ward> {
    WARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until no client has lost its brokers any more.
fn watch() {
    loop {
        {
            let mut ward = ward();
            if !ward.lost {
                ward.watched = false;
                return;
            }
            ward.lost = false;
        }
        while !known().iter().all(|servers| answers(servers)) {
            thread::sleep(LOOK);
        }
        for pause in PAUSES {
            thread::sleep(pause);
            revive();
        }
    }
}

/// The addresses that the clients began with.
fn known() -> BTreeSet<String> {
    let ward = ward();
    let alive = ward.clients.iter().filter(|(_, client)| client.strong_count() > 0);
    alive.map(|(servers, _)| servers.clone()).collect()
}

fn revive() {
    let clients = ward().clients.clone();
    for (servers, client) in clients {
        if let Some(Err(error)) = client.upgrade().map(|client| client.turn_to(&servers)) {
            tracing::warn!(%error, servers, "A client cannot be told again where Kafka is.");
        }
    }
}

/// Whether anybody answers at one of the addresses.
fn answers(servers: &str) -> bool {
    let addresses = servers.split(',').filter_map(|server| plain(server).to_socket_addrs().ok());
    addresses.flatten().any(|address| TcpStream::connect_timeout(&address, LOOK).is_ok())
}

/// An address without the protocol that may stand before it.
fn plain(server: &str) -> &str {
    let server = server.trim();
    server.split_once("://").map_or(server, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn one_address_that_answers_is_enough() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(answers(&format!("127.0.0.1:1, PLAINTEXT://{address}")));
        drop(listener);
        assert!(!answers(&address.to_string()));
        assert!(!answers("no such host:9092,nothing"));
    }
}
