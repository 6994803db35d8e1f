//! The servers that are compared: how each is started on a free port of the loopback interface, and its resource usage.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use delivery_kafka::KafkaConfig;
use delivery_messages::Topic;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::bridge::{self, Form};
use super::client::Client;
use super::session::Protocol;
use super::tally::Promise;
use super::workload::CHANNELS;
use crate::memory;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(40);
/// Clock ticks per second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;
/// How many connections our gateway takes, instead of the 5,000 of its default.
const CONNECTIONS: usize = 20_000;

/// A server and the mode it is used in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contestant {
    /// Our gateway, every position, a frame for each.
    Gateway,
    /// Our gateway, every position, in batches.
    GatewayBatch,
    /// Our gateway, every position, in batches of the binary form.
    GatewayBinary,
    /// Our gateway, the newest position of each delivery: its default.
    GatewayLatest,
    /// Our gateway, the newest position of each delivery, in batches.
    GatewayLatestBatch,
    /// Our gateway, the newest position of each delivery, in batches of the binary form.
    GatewayLatestBinary,
    /// kafkajs and socket.io, an event for each position.
    Relay,
    /// kafkajs and socket.io, one event for all positions of a fetch.
    RelayBatch,
    /// Centrifuge with its defaults.
    Centrifuge,
    /// Centrifuge, collecting for 40 ms per connection, the maximum of our gateway.
    CentrifugeBatch,
    /// Centrifugo 6 with its defaults: the server built on Centrifuge, with its own reader of Kafka.
    Centrifugo,
    /// nats-server, which merges pending messages by itself.
    Nats,
}

/// Where the executables are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub gateway: PathBuf,
    /// A directory with `relay.mjs`, `centrifuge`, `centrifugo`, `nats-server` and `nats.conf`.
    pub peers: PathBuf,
}

impl Contestant {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self.protocol(), Protocol::Gateway(_))
    }

    pub(crate) const fn promise(self) -> Promise {
        match self {
            Self::GatewayLatest | Self::GatewayLatestBatch | Self::GatewayLatestBinary => Promise::Newest,
            _ => Promise::Every,
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Gateway => Protocol::Gateway("mode=all".to_owned()),
            Self::GatewayBatch => Protocol::Gateway("mode=all&batch=true".to_owned()),
            Self::GatewayBinary => Protocol::Gateway("mode=all&batch=true&form=binary".to_owned()),
            Self::GatewayLatest => Protocol::Gateway("mode=latest".to_owned()),
            Self::GatewayLatestBatch => Protocol::Gateway("mode=latest&batch=true".to_owned()),
            Self::GatewayLatestBinary => Protocol::Gateway("mode=latest&batch=true&form=binary".to_owned()),
            Self::Relay | Self::RelayBatch => Protocol::SocketIo,
            Self::Centrifuge | Self::CentrifugeBatch => Protocol::Centrifuge,
            Self::Centrifugo => Protocol::Centrifugo,
            Self::Nats => Protocol::Nats,
        }
    }

    /// Whether it is a server in its plainest form; in the others its connections are the same as long as nothing is sent.
    pub(crate) const fn is_plain(self) -> bool {
        matches!(
            self,
            Self::Gateway | Self::GatewayLatest | Self::Relay | Self::Centrifuge | Self::Centrifugo | Self::Nats
        )
    }

    /// Whether it looks in a header of each record for the channel to publish it to.
    pub(crate) const fn reads_channels(self) -> bool {
        matches!(self, Self::Centrifugo)
    }

    /// The format of the bridge to it, if it needs one.
    const fn bridge(self) -> Option<Form> {
        match self {
            Self::Centrifuge | Self::CentrifugeBatch => Some(Form::Line),
            Self::Nats => Some(Form::Nats),
            _ => None,
        }
    }

    fn command(self, programs: &Programs, kafka: &KafkaConfig, ports: Ports, directory: &PathBuf) -> Result<Command> {
        let Ports { clients, lines } = ports;
        let mut command = match self {
            Self::Gateway
            | Self::GatewayBatch
            | Self::GatewayBinary
            | Self::GatewayLatest
            | Self::GatewayLatestBatch
            | Self::GatewayLatestBinary => {
                let config = directory.join("config.yaml");
                let settings = json!({
                    "kafka": kafka, "adminAddress": lines.to_string(), "http": {"address": clients.to_string()},
                    "web": {"directory": directory}, "limits": {"connections": CONNECTIONS},
                });
                fs::write(&config, settings.to_string())?;
                let mut command = Command::new(&programs.gateway);
                command.arg("--config").arg(config).env("RUST_LOG", "warn");
                command
            }
            Self::Relay | Self::RelayBatch => {
                let mut command = Command::new("node");
                command
                    .arg(programs.peers.join("relay.mjs"))
                    .env("NODE_ENV", "production")
                    .env("KAFKA", &kafka.bootstrap_servers)
                    .env("TOPIC", kafka.topic(Topic::NewPosition))
                    .env("PORT", clients.port().to_string())
                    .env("BATCH", if self == Self::RelayBatch { "1" } else { "" });
                command
            }
            Self::Centrifuge | Self::CentrifugeBatch => {
                let mut command = Command::new(programs.peers.join("centrifuge"));
                command.args(["-clients", &clients.to_string(), "-lines", &lines.to_string()]);
                if self == Self::CentrifugeBatch {
                    command.args(["-gather", "40ms"]);
                }
                command
            }
            Self::Centrifugo => {
                let config = directory.join("config.json");
                fs::write(&config, centrifugo(kafka, clients).to_string())?;
                let mut command = Command::new(programs.peers.join("centrifugo"));
                command.arg("--config").arg(config);
                command
            }
            Self::Nats => {
                let mut command = Command::new(programs.peers.join("nats-server"));
                command
                    .arg("--config")
                    .arg(programs.peers.join("nats.conf"))
                    .env("NATS_CLIENTS_PORT", clients.port().to_string())
                    .env("NATS_LINES_PORT", lines.port().to_string());
                command
            }
        };
        let log = File::create(directory.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        Ok(command)
    }
}

/// The configuration of Centrifugo: its defaults, but for anonymous clients, and the topic whose records it publishes.
fn centrifugo(kafka: &KafkaConfig, clients: SocketAddr) -> Value {
    let consumer = json!({
        "brokers": [kafka.bootstrap_servers], "topics": [kafka.topic(Topic::NewPosition)], "consumer_group": kafka.group("bench"),
        "publication_data_mode": {"enabled": true, "channels_header": CHANNELS},
    });
    json!({
        "http_server": {"address": clients.ip().to_string(), "port": clients.port().to_string()},
        "usage_stats": {"disabled": true},
        "log": {"level": "warn"},
        "client": {"allow_anonymous_connect_without_token": true},
        "channel": {"without_namespace": {"allow_subscribe_for_client": true, "allow_subscribe_for_anonymous": true}},
        "consumers": [{"name": "positions", "enabled": true, "type": "kafka", "kafka": consumer}],
    })
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    clients: SocketAddr,
    /// For the bridge; for our gateway its admin port.
    lines: SocketAddr,
}

impl Ports {
    /// Two free ports.
    fn free() -> Result<Self> {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (clients, lines) = (free()?, free()?);
        Ok(Self { clients: clients.local_addr()?, lines: lines.local_addr()? })
    }
}

/// The resource usage of a process so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// CPU seconds in its own code.
    pub user: f64,
    /// CPU seconds in the kernel on its behalf.
    pub system: f64,
    /// Resident memory, KiB.
    pub memory: u64,
}

impl Used {
    /// Of a process.
    ///
    /// # Errors
    /// When there is no such process.
    pub(crate) fn by(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
        // From field 3 on: utime is field 14, stime 15.
        let mut ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
        let (Some(user), Some(system)) = (ticks.next(), ticks.next()) else { bail!("no times in {stat}") };
        Ok(Self { user: user / TICKS, system: system / TICKS, memory: memory::of(pid)? })
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Where our gateway's `/metrics` is; the other servers have none.
    pub(crate) admin: SocketAddr,
    pid: u32,
    process: Child,
    bridge: Option<JoinHandle<Result<()>>>,
}

impl Server {
    /// Starts it and returns when it accepts connections.
    ///
    /// # Errors
    /// When it does not; with the end of its log.
    pub(crate) async fn start(
        contestant: Contestant,
        programs: &Programs,
        kafka: &KafkaConfig,
        directory: &PathBuf,
    ) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let ports = Ports::free()?;
        let mut process = contestant
            .command(programs, kafka, ports, directory)?
            .spawn()
            .with_context(|| format!("{} could not be started", contestant.name()))?;
        let pid = process.id().context("it exited at once")?;
        let began = Instant::now();
        let log = || fs::read_to_string(directory.join("log")).unwrap_or_default();
        while let Err(error) = Client::connect_ready(ports.clients, &contestant.protocol()).await {
            if let Some(ended) = process.try_wait()? {
                bail!("{} exited: {ended}\n{}", contestant.name(), log());
            }
            ensure!(began.elapsed() < START, "{} does not accept connections: {error:#}\n{}", contestant.name(), log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let bridge = contestant.bridge().map(|form| tokio::spawn(bridge::run(kafka.clone(), ports.lines, form)));
        Ok(Self { address: ports.clients, admin: ports.lines, pid, process, bridge })
    }

    /// Its usage so far; fails if it or its bridge has ended.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn used(&self) -> Result<Used> {
        ensure!(self.bridge.as_ref().is_none_or(|bridge| !bridge.is_finished()), "the bridge has ended");
        Used::by(self.pid)
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(bridge) = &self.bridge {
            bridge.abort();
        }
        Ok(self.process.kill().await?)
    }
}
