//! Puts the service together and runs it: every task is supervised, and when any task ends, the process ends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use delivery_http_server::Entrance;
use delivery_kafka::connect::context::{Context as KafkaContext, why_away};
use delivery_kafka::consume::erasures::Erasures;
use delivery_kafka::read::renewal;
use delivery_mail::{Smtp, login};
use delivery_messages::Topic;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks};
use prometheus_client::registry::Registry;
use rdkafka::producer::{FutureProducer, Producer};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::clock;
use crate::config::{Config, SmtpConfig};
use crate::domain::invoice::Issuer;
use crate::erasing::{Erasing, GROUP as ERASURES};
use crate::http::routes;
use crate::http::site::Site;
use crate::ingest::run::{Ingest, KAFKA, ROUND as INGEST_ROUND};
use crate::issuing::Issuing;
use crate::mail::message::SenderSettings;
use crate::metrics::Metrics;
use crate::publisher::{Publisher, QUEUE, ROUND as PUBLISHER_ROUND};
use crate::sender::watch::Watch;
use crate::sender::{FRESH, ROUND as SENDER_ROUND, Sender};
use crate::store::Store;
use crate::store::mongo::MongoStore;

/// The domain of a Message-ID when no sender is configured.
const NO_DOMAIN: &str = "invoices.invalid";
const STORE: &str = "store";
/// How often the servers are checked.
const PROBE: Duration = Duration::from_secs(5);
/// How long one erasure may take before the process is not ready.
const ERASURE: Duration = Duration::from_mins(5);
/// The same for a look at the topics.
const TOPICS_ROUND: Duration = Duration::from_mins(5);
/// The topics that are read.
const WATCHED: [Topic; 2] = [Topic::Purchase, Topic::CustomerErased];
const KAFKA_LIMIT: Duration = Duration::from_secs(3);
/// How long all questions of a look at the servers may take before the process is not ready; each has a time limit of its own, the mail
/// server 90 seconds.
const PROBE_ROUND: Duration = Duration::from_mins(3);
/// The waits between attempts to prepare the store: doubled from the first to the last.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(15);

/// Runs the service until it is asked to shut down, or one of its tasks ends.
///
/// # Errors
/// When the configuration cannot be used, a port is not free, or one of the tasks ended.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check()?;
    let mut tasks = Tasks::new();
    let mut registry = Registry::with_prefix("delivery_invoices");
    let metrics = Metrics::new(&mut registry);
    let health = Health::default();
    registry.register_collector(objects_by(
        "hanging_loops",
        "1 for a loop that hangs, 0 for others",
        "loop",
        hanging(&health),
    ));
    registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", &health));
    health.require(STORE, "Creating the indexes in MongoDB.");
    let store = Arc::new(MongoStore::open(&config.mongodb).await?);
    let issuer = issuer(&config)?;
    let smtp = mail_server(&config).await?;
    let address = config.http.address;
    let listener = delivery_http_server::listen(address, None)
        .with_context(|| format!("Cannot listen on {address} for HTTP; set http.address to a free port"))?;

    let admin = admin::serve(config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin", async move { Ok(admin.await?) });
    let refused = metrics.clone();
    let refused = move |budget, of| refused.over_budget(budget, of);
    let site = Site {
        store: Arc::clone(&store),
        issuer: issuer.clone(),
        metrics: metrics.clone(),
        entrance: Entrance::new(config.allowed_origins()?, &config.http.budgets, refused),
    };
    let (drain, draining) = watch::channel(false);
    let counted = metrics.clone();
    let closed = move |reason| counted.http_closed(reason);
    let routes = routes(&Arc::new(site));
    let (limits, proxies) = (config.http.limits(), config.trusted_proxies()?);
    tasks.spawn_endless("http", delivery_http_server::serve(listener, routes, limits, proxies, draining, closed));
    tasks.spawn_endless("loops", health.clone().watch_loops());

    let erasing = Erasing { store: Arc::clone(&store), heartbeat: health.heartbeat("erasures", ERASURE) };
    let erasures = Erasures::join(&config.kafka, ERASURES)?;
    let looking = health.heartbeat("topics", TOPICS_ROUND);
    let renewed = renewal::end_when_renewed(&config.kafka, erasures.client(), &WATCHED, move || looking.round());
    tasks.spawn_endless("erasures", erasures.run(erasing));
    tasks.spawn("topics", async move { Ok(renewed.await?) });
    let (news, messages) = mpsc::channel(QUEUE);
    let (handed, fresh) = mpsc::channel(FRESH);
    let publisher = Publisher::new(config.kafka.clone(), Arc::clone(&store), metrics.clone())?;
    tasks.spawn_endless("probe", {
        let probe = Probe {
            store: Arc::clone(&store),
            smtp: smtp.clone(),
            kafka: publisher.producer(),
            topic: config.kafka.topic(Topic::Purchase),
            metrics: metrics.clone(),
            health: health.clone(),
        };
        probe.run()
    });
    tasks.spawn_endless("publisher", publisher.run(messages, health.heartbeat("publisher", PUBLISHER_ROUND)));
    if let (Some(mailer), Some(smtp)) = (smtp, &config.smtp) {
        let sender = Sender {
            store: Arc::clone(&store),
            mailer: Arc::new(mailer),
            holder: uuid::Uuid::new_v4().to_string(),
            issuer: issuer.clone(),
            settings: SenderSettings { from: smtp.sender()?, map_url: config.map_url.clone() },
            connections: usize::try_from(smtp.connections).unwrap_or(1),
            give_up_after: i64::from(smtp.give_up_after_hours) * 3_600_000,
            metrics: metrics.clone(),
            clock: Arc::new(clock::now),
            watch: Watch::default(),
        };
        tasks.spawn_endless("sender", sender.run(fresh, health.heartbeat("sender", SENDER_ROUND)));
    } else {
        drop(fresh);
        tracing::info!("There is no mail server in the configuration; e-mails wait until there is one.");
    }
    let (kafka, heartbeat) = (config.kafka.clone(), health.heartbeat("issuing", INGEST_ROUND));
    let (letters, ready) = (health.heartbeat_with("dead letters", INGEST_ROUND, KAFKA), health.clone());
    tasks.spawn("issuing", async move {
        // Without the unique index nothing may be issued.
        prepare(&store).await;
        ready.met(STORE);
        let issuing = Issuing::new(store, issuer);
        Ingest::new(kafka, issuing, (news, handed), metrics, ready)?.run(heartbeat, letters).await;
        Ok(())
    });
    tracing::info!(%address, admin = %config.admin_address, "The invoices service has started.");

    let requested = tasks.requested();
    let time = Duration::from_secs(config.drain_seconds.into());
    tasks
        .supervise_until(async move {
            requested.await;
            health.require("draining", "The process is shutting down.");
            tracing::info!(seconds = time.as_secs(), "Shutting down; closing the connections.");
            drain.send_replace(true);
            sleep(time).await;
        })
        .await
}

/// The mail server, if the configuration names one.
async fn mail_server(config: &Config) -> anyhow::Result<Option<Smtp>> {
    let Some(smtp) = &config.smtp else { return Ok(None) };
    Ok(Some(Smtp::open(smtp.server(), login(|name| std::env::var(name).ok())?).await?))
}

/// Who issues, by the configuration.
fn issuer(config: &Config) -> anyhow::Result<Issuer> {
    let sender = config.smtp.as_ref().map(SmtpConfig::sender).transpose()?;
    let mail_domain = sender.map_or_else(|| NO_DOMAIN.to_owned(), |sender| sender.email.domain().to_owned());
    Ok(Issuer { company: config.issuer.clone(), series: config.series, mail_domain })
}

/// Creates the indexes, once `MongoDB` responds.
async fn prepare(store: &MongoStore) {
    let mut pause = FIRST_RETRY;
    while let Err(error) = store.prepare().await {
        tracing::warn!(%error, "Cannot create the MongoDB indexes yet; retrying.");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_RETRY);
    }
}

/// Checks whether the servers that the service needs are available, for metrics and `/readyz`.
struct Probe {
    store: Arc<MongoStore>,
    smtp: Option<Smtp>,
    kafka: Arc<FutureProducer<KafkaContext>>,
    topic: String,
    metrics: Metrics,
    health: Health,
}

impl Probe {
    async fn run(self) {
        let mut tick = interval(PROBE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let heartbeat = self.health.heartbeat("probe", PROBE_ROUND);
        loop {
            tick.tick().await;
            let _round = heartbeat.round();
            let (kafka, topic) = (Arc::clone(&self.kafka), self.topic.clone());
            let answer = tokio::task::spawn_blocking(move || {
                let metadata = kafka.client().fetch_metadata(Some(&topic), KAFKA_LIMIT);
                metadata.map(drop).map_err(|error| why_away(&error))
            });
            self.report("kafka", answer.await.unwrap_or_else(|error| Err(error.to_string())).err());
            self.report("mongodb", self.store.ping().await.err().map(|error| error.to_string()));
            if let Some(smtp) = &self.smtp {
                self.report("smtp", smtp.ping().await.err());
            }
            if let Ok(count) = self.store.waiting().await {
                self.metrics.waiting(count);
            }
        }
    }

    fn report(&self, dependency: &'static str, problem: Option<String>) {
        self.metrics.dependency(dependency, problem.is_none());
        self.health.dependency(dependency, problem);
    }
}
