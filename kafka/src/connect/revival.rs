//! Clients that find Kafka again after they have lost every broker.
//!
//! A cluster whose brokers all stop or start may report to a client that it has no brokers. librdkafka then forgets all that it knew and,
//! since 2.10, may never look for another again (<https://github.com/confluentinc/librdkafka/issues/5301>). So clients are made by
//! [`open`]: when any client of the process has reported that all brokers are down, each is given the addresses of its configuration
//! again, as soon as a broker accepts connections there. A client that does not need them drops them with the next answer of a broker.

use std::collections::BTreeSet;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use delivery_librdkafka::add_brokers;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::connect::client::KafkaClient;

/// How often to check whether a broker accepts connections, and how long one attempt may take.
const CHECK: Duration = Duration::from_secs(1);
/// When the addresses are given after that. A broker that has just started may still report that there are none.
const PAUSES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(5)];

static CLIENTS: Mutex<Clients> = Mutex::new(Clients { all: Vec::new(), lost_brokers: false, is_watched: false });

/// The clients of this process.
struct Clients {
    /// Each with its `bootstrap.servers`.
    all: Vec<(String, Weak<dyn Revivable>)>,
    /// Whether one of them has lost all brokers since the last check.
    lost_brokers: bool,
    /// Whether the thread that revives them is running.
    is_watched: bool,
}

/// A client, of whichever kind, that can be given addresses.
trait Revivable: Send + Sync {
    /// Gives it addresses to connect to, besides those that it knows.
    fn add_addresses(&self, servers: &str) -> Result<usize, KafkaError>;
}

impl<C: KafkaClient> Revivable for C {
    fn add_addresses(&self, servers: &str) -> Result<usize, KafkaError> {
        add_brokers(self.client(), servers)
    }
}

/// Makes a client that is revived when it has lost every broker. Its context must pass its errors to [`on_error`].
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
    let mut clients = clients();
    clients.all.retain(|(_, client)| client.strong_count() > 0);
    clients.all.push((servers, known));
    Ok(client)
}

/// Takes an error that a client reports; if all brokers are down, starts the thread that revives the clients.
pub fn on_error(error: &KafkaError) {
    if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
        return;
    }
    let mut clients = clients();
    clients.lost_brokers = true;
    if !clients.is_watched {
        clients.is_watched = thread::Builder::new().name("kafka-revival".to_owned()).spawn(watch).is_ok();
    }
}

fn clients() -> MutexGuard<'static, Clients> {
    CLIENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Revives the clients until none reports again that it has lost its brokers.
fn watch() {
    loop {
        {
            let mut clients = clients();
            if !clients.lost_brokers {
                clients.is_watched = false;
                return;
            }
            clients.lost_brokers = false;
        }
        while !known().iter().all(|servers| answers(servers)) {
            thread::sleep(CHECK);
        }
        for pause in PAUSES {
            thread::sleep(pause);
            revive();
        }
    }
}

/// The addresses in the clients' configurations.
fn known() -> BTreeSet<String> {
    let clients = clients();
    let alive = clients.all.iter().filter(|(_, client)| client.strong_count() > 0);
    alive.map(|(servers, _)| servers.clone()).collect()
}

fn revive() {
    let clients = clients().all.clone();
    for (servers, client) in clients {
        if let Some(Err(error)) = client.upgrade().map(|client| client.add_addresses(&servers)) {
            tracing::warn!(%error, servers, "Cannot give a Kafka client its bootstrap addresses again.");
        }
    }
}

/// Whether a connection to one of the addresses can be opened.
fn answers(servers: &str) -> bool {
    let addresses = servers.split(',').filter_map(|server| plain(server).to_socket_addrs().ok());
    addresses.flatten().any(|address| TcpStream::connect_timeout(&address, CHECK).is_ok())
}

/// An address without its protocol, if it has one.
fn plain(server: &str) -> &str {
    let server = server.trim();
    server.split_once("://").map_or(server, |(_, rest)| rest)
}

#[cfg(test)]
#[path = "tests/revival.rs"]
mod tests;
