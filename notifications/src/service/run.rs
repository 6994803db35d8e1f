//! Puts the service together and runs it: every task is supervised, and when any task ends, the process ends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use delivery_http_server::Entrance;
use delivery_kafka::consume::erasures::Erasures;
use delivery_kafka::read::renewal;
use delivery_mail::{Smtp, login};
use delivery_messages::Topic;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks};
use lettre::Address;
use prometheus_client::registry::Registry;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::probe::Probe;
use crate::channels::mail::Letterhead;
use crate::channels::sender::{AT_ONCE, Sender};
use crate::config::{Config, SmtpConfig};
use crate::domain::channel::Channel;
use crate::domain::ids::NotificationId;
use crate::domain::notification::Notification;
use crate::domain::use_cases::{Listener, UseCases};
use crate::erasing::{Erasing, GROUP as ERASURES};
use crate::http::api::Api;
use crate::http::routes;
use crate::ingest::inbox::Inbox;
use crate::metrics::Metrics;
use crate::projector::project::Projector;
use crate::projector::reader::Reader;
use crate::publish::Relay;
use crate::retention;
use crate::store::client::Store;
use crate::writer::Writer;

/// How many new things may wait for the tasks that tell them; those beyond are found in the database.
const QUEUE: usize = 1_024;
/// The requirement that the database has answered.
const STORE: &str = "mongodb";
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);
/// The topics that are read.
const WATCHED: [Topic; 7] = [
    Topic::SendNotification,
    Topic::Purchase,
    Topic::InvoiceIssued,
    Topic::Plan,
    Topic::State,
    Topic::DeadLetters,
    Topic::CustomerErased,
];
/// How long one round of a loop may take before the process is not ready.
const ROUND: Duration = Duration::from_mins(5);

/// Runs the service until it is asked to shut down, or one of its tasks ends.
///
/// # Errors
/// When the configuration cannot be used, a port is not free, or one of the tasks ended.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check()?;
    let mut tasks = Tasks::new();
    let mut registry = Registry::with_prefix("delivery_notifications");
    let metrics = Metrics::new(&mut registry);
    let health = Health::default();
    registry.register_collector(objects_by(
        "hanging_loops",
        "1 for a loop that hangs, 0 for others",
        "loop",
        hanging(&health),
    ));
    registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", &health));
    health.require(STORE, "Waiting for MongoDB to create the indexes.");
    let store = Store::open(&config.mongodb).await?;
    let writer = Arc::new(Writer::open(&config.kafka)?);
    let mail = match &config.smtp {
        Some(smtp) => Some(open_mail(&config, smtp).await?),
        None => None,
    };
    let address = config.http.address;
    let listener = delivery_http_server::listen(address, None)
        .with_context(|| format!("Cannot listen on {address} for HTTP; set http.address to a free port"))?;

    let (changes, inbox) = mpsc::channel(QUEUE);
    let (mails, due) = mpsc::channel(QUEUE);
    let use_cases = Arc::new(UseCases::new(store.clone(), mail.is_some(), told(changes, mails)));
    tasks.spawn("admin", {
        let admin = config.admin_address;
        let serve = admin::serve(admin, health.clone(), registry, tasks.ending());
        async move {
            let how = "set adminAddress to a free port";
            serve.await.with_context(|| format!("Cannot listen on {admin} for health and metrics; {how}"))
        }
    });
    let smtp = mail.as_ref().map(|(smtp, _)| smtp.clone());
    let probe = Probe {
        writer: Arc::clone(&writer),
        store: store.clone(),
        smtp,
        metrics: metrics.clone(),
        health: health.clone(),
    };
    tasks.spawn_endless("probe", probe.run());
    tasks.spawn_endless("watchdog", health.clone().watch_loops());
    tasks.spawn_endless("preparation", prepare(store.clone(), health.clone()));
    let heartbeat = health.heartbeat("changes", ROUND);
    let relay = Relay { outbox: store.clone(), writer: Arc::clone(&writer), metrics: metrics.clone(), heartbeat };
    tasks.spawn_endless("changes", relay.run(inbox));
    match mail {
        Some((mailer, letterhead)) => {
            let heartbeat = health.heartbeat("mails", ROUND);
            let sender = Sender { queue: store.clone(), mailer, letterhead, metrics: metrics.clone(), heartbeat };
            tasks.spawn_endless("mails", sender.run(due));
        }
        // No notification has the channel then.
        None => drop(due),
    }
    spawn_removal(&mut tasks, &config, &store, &health)?;
    let inbox = Inbox {
        kafka: config.kafka.clone(),
        use_cases: Arc::clone(&use_cases),
        writer: Arc::clone(&writer),
        metrics: metrics.clone(),
        heartbeat: health.heartbeat("requests", ROUND),
    };
    tasks.spawn("requests", async move { Ok(inbox.run().await?) });
    let reader = Reader {
        kafka: config.kafka.clone(),
        projector: Projector { store, outlet: writer, metrics: metrics.clone() },
        heartbeat: health.heartbeat("projector", ROUND),
    };
    tasks.spawn("projector", async move { Ok(reader.run().await?) });
    let (drain, draining) = watch::channel(false);
    let (proxies, body_bytes) = (config.trusted_proxies()?, config.limits.body_bytes);
    let refused = metrics.clone();
    let refused = move |budget, of| refused.over_budget(budget, of);
    let entrance = Entrance::new(config.allowed_origins()?, &config.http.budgets, refused);
    let api = Arc::new(Api { use_cases, metrics: metrics.clone(), body_bytes, entrance });
    let closed = move |reason| metrics.http_closed(reason);
    tasks.spawn_endless(
        "http",
        delivery_http_server::serve(listener, routes(&api), config.limits.http(), proxies, draining, closed),
    );
    tracing::info!(%address, admin = %config.admin_address, "The notifications service has started.");

    let requested = tasks.requested();
    tasks
        .supervise_until(async move {
            requested.await;
            health.require("draining", "The process is shutting down.");
            tracing::info!(seconds = config.drain_seconds, "Shutting down; closing the connections.");
            drain.send_replace(true);
            sleep(Duration::from_secs(config.drain_seconds.into())).await;
        })
        .await
}

/// Starts what removes notifications: those of people who are to be forgotten, and those that are old. The client of the former watches over
/// the topics as well.
fn spawn_removal(tasks: &mut Tasks, config: &Config, store: &Store, health: &Health) -> anyhow::Result<()> {
    let erasing = Erasing { store: store.clone(), heartbeat: health.heartbeat("erasures", ROUND) };
    let erasures = Erasures::join(&config.kafka, ERASURES)?;
    let looking = health.heartbeat("topics", ROUND);
    let renewed = renewal::end_when_renewed(&config.kafka, erasures.client(), &WATCHED, move || looking.round());
    tasks.spawn_endless("erasures", erasures.run(erasing));
    tasks.spawn("topics", async move { Ok(renewed.await?) });
    if config.retention_days > 0 {
        let heartbeat = health.heartbeat("retention", ROUND);
        tasks.spawn_endless("retention", retention::run(store.clone(), config.retention_days, heartbeat));
    }
    Ok(())
}

/// Shows new notifications and changes to the tasks that tell them. One that finds no room is found in the database a little later.
fn told(changes: mpsc::Sender<Notification>, mails: mpsc::Sender<NotificationId>) -> Listener {
    Box::new(move |notification| {
        if notification.on(Channel::Page).is_some() {
            let _ = changes.try_send(notification.clone());
        }
        if notification.version == 1 && notification.on(Channel::Email).is_some() {
            let _ = mails.try_send(notification.id);
        }
    })
}

async fn open_mail(config: &Config, smtp: &SmtpConfig) -> anyhow::Result<(Smtp, Letterhead)> {
    let from: Address = smtp.from.parse().context("smtp.from is not an e-mail address")?;
    let server = Smtp::open(smtp.server(AT_ONCE), login(|name| std::env::var(name).ok())?).await?;
    Ok((server, Letterhead { from, public_url: config.public_url.clone() }))
}

/// Creates the indexes, as soon as the database answers; then the process is ready. Never ends.
async fn prepare(store: Store, health: Health) {
    let mut pause = FIRST_RETRY;
    while let Err(error) = store.prepare().await {
        tracing::warn!(%error, "Cannot create the MongoDB indexes yet; retrying.");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_RETRY);
    }
    health.met(STORE);
    std::future::pending::<()>().await;
}
