//! Faults of the sink other than kills: read-only indices, deletions, invalid records. And whether all of it was restored at the end.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_e2e::log::Log;
use delivery_e2e::server::Server;
use delivery_e2e::sink;
use delivery_kafka::ConnectionError;
use delivery_kafka::write::writer;
use delivery_messages::Topic;
use futures::future::try_join_all;
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use kube::api::ListParams;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde_json::json;

use crate::setting::Setting;

/// The indices of the product, and the alias whose template and connector are deleted.
const INDICES: &str = "code-delivery-*";
const POSITIONS: &str = "code-delivery-positions";
/// The dead-letter topic of Kafka Connect.
const DEAD_LETTERS: &str = "dead-letters.connect";
/// Invalid records per step.
const FLOOD: usize = 2_000;
/// How long a server that is just starting may take to accept a request.
const PATIENCE: Duration = Duration::from_mins(2);
const RETRY: Duration = Duration::from_millis(500);

/// Elasticsearch and Kafka Connect, and the faults that were injected.
pub(crate) struct Sink {
    elasticsearch: Server,
    connect: Server,
    /// The indices are read-only.
    locked: AtomicBool,
    /// Partition and offset of each bad record.
    bad: Mutex<BTreeSet<(i32, i64)>>,
}

impl Sink {
    /// Those of this installation, if it has both.
    pub(crate) async fn find(setting: &Setting) -> Option<Self> {
        let server = async |name: &str| Server::find(&setting.cluster, &setting.data_namespace, name).await.ok();
        let (elasticsearch, connect) = (server("elasticsearch").await?, server("connect").await?);
        Some(Self { elasticsearch, connect, locked: AtomicBool::new(false), bad: Mutex::default() })
    }

    /// Makes all indices read-only, as the server does when its disk is full, and writable again after a while.
    pub(crate) async fn lock(&self, away: Duration) -> Result<String> {
        self.locked.store(true, Ordering::Relaxed);
        self.set_lock(json!(true)).await?;
        tokio::time::sleep(away).await;
        self.unlock().await?;
        Ok(format!("all of {INDICES} for {away:?}"))
    }

    /// Makes the indices writable again if this program has locked them.
    pub(crate) async fn unlock(&self) -> Result<()> {
        if self.locked.load(Ordering::Relaxed) {
            self.set_lock(json!(null)).await?;
            self.locked.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn set_lock(&self, value: serde_json::Value) -> Result<()> {
        let setting = json!({"index.blocks.read_only_allow_delete": value});
        send(&self.elasticsearch, Method::PUT, &format!("/{INDICES}/_settings"), Some(&setting)).await
    }

    /// Deletes the template of the positions.
    pub(crate) async fn delete_template(&self) -> Result<String> {
        send(&self.elasticsearch, Method::DELETE, &format!("/_index_template/{POSITIONS}"), None).await?;
        Ok(POSITIONS.to_owned())
    }

    /// Deletes the connector of the positions in Kafka Connect, but not its object.
    pub(crate) async fn delete_connector(&self) -> Result<String> {
        send(&self.connect, Method::DELETE, &format!("/connectors/{POSITIONS}"), None).await?;
        Ok(POSITIONS.to_owned())
    }

    /// Sends invalid records: not JSON, out of range, of wrong types.
    pub(crate) async fn flood(&self, setting: &Setting) -> Result<String> {
        let producer: FutureProducer =
            writer::settings(&setting.kafka, "chaos")?.create().map_err(ConnectionError::from)?;
        let (topic, delivery) = (setting.kafka.topic(Topic::NewPosition), format!("{}-bad", setting.run));
        let now = jiff::Timestamp::now().as_millisecond();
        let sent = (0..FLOOD).map(async |number| {
            let value = match number % 3 {
                0 => format!("not JSON, number {number}"),
                1 => json!({"deliveryId": delivery, "seq": number, "at": now, "position": [999, 999]}).to_string(),
                _ => json!({"deliveryId": delivery, "seq": "many", "at": now, "position": "here"}).to_string(),
            };
            let key = number.to_string();
            let record = FutureRecord::to(&topic).key(&key).payload(&value);
            producer.send(record, Timeout::Never).await.map_err(|(error, _)| error)
        });
        let sent = try_join_all(sent).await.context("Kafka did not accept the bad records")?;
        let mut bad = self.bad.lock().unwrap_or_else(PoisonError::into_inner);
        bad.extend(sent.iter().map(|sent| (sent.partition, sent.offset)));
        Ok(format!("{} records", sent.len()))
    }

    /// How many bad records there were, and those that are not in the dead-letter topic with a reason.
    pub(crate) async fn undelivered(&self, setting: &Setting) -> Result<(usize, Vec<String>)> {
        let bad = self.bad.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if bad.is_empty() {
            return Ok((0, Vec::new()));
        }
        let topic = setting.kafka.topic(Topic::NewPosition);
        let letters = Log { config: setting.kafka.clone() };
        let letters = letters.all_of(&format!("{}{DEAD_LETTERS}", setting.kafka.topic_prefix)).await?;
        let dead_lettered: BTreeSet<(i32, i64)> = letters
            .iter()
            .filter_map(|letter| {
                let header = |name: &str| letter.headers.get(&format!("__connect.errors.{name}"));
                let from_here = header("topic") == Some(&topic) && header("exception.message").is_some();
                from_here.then_some((header("partition")?.parse().ok()?, header("offset")?.parse().ok()?))
            })
            .collect();
        let missing = bad.difference(&dead_lettered).map(|(partition, offset)| format!("{topic}/{partition}/{offset}"));
        Ok((bad.len(), missing.collect()))
    }

    /// What has not been restored, or is not running.
    pub(crate) async fn missing(&self, setting: &Setting) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        let ours = ListParams::default().labels("app.kubernetes.io/part-of=code-delivery");
        for connector in sink::connectors(&setting.cluster).list(&ours).await? {
            let name = connector.name_any();
            if !sink::is_at_work(&connector) {
                missing
                    .push(format!("the connector {name} is not running: {}", connector.data["status"]["conditions"]));
            }
        }
        let (status, _) = self.elasticsearch.ask(Method::GET, &format!("/_index_template/{POSITIONS}"), None).await?;
        if status != StatusCode::OK {
            missing.push(format!("the template {POSITIONS} does not exist ({status})"));
        }
        Ok(missing)
    }
}

/// Repeats a request until it succeeds, since the server may just be starting.
async fn send(server: &Server, method: Method, path: &str, body: Option<&serde_json::Value>) -> Result<()> {
    let began = Instant::now();
    loop {
        let answer = server.ask(method.clone(), path, body).await;
        let gone = |status: StatusCode| status == StatusCode::NOT_FOUND && method == Method::DELETE;
        if answer.as_ref().is_ok_and(|(status, _)| status.is_success() || gone(*status)) {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{method} {path} is answered with {answer:?}");
        tokio::time::sleep(RETRY).await;
    }
}
