//! Ten alerts from their causes to their ends: each part is stopped, its alert fires in Prometheus and reaches Alertmanager with the whole
//! of its `for`, what its runbook says is done, and it ends.
//!
//! The causes of five are together in one outage, because each alert waits minutes for its cause to last. These tests stop most of the
//! installation, so no others run beside them; the stage `alerts` runs them, and starts the parts again when it is stopped. Where it could
//! not, because it was killed, `make demo` starts them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use delivery_e2e::cluster::Cluster;
use delivery_e2e::server::NAMESPACE;
use delivery_e2e::{gateway, http, within};
use futures::FutureExt;
use hyper::{Method, StatusCode};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// As in `cluster/lib.sh`.
const PROMETHEUS: &str = "http://127.0.0.1:29090";
/// As in `cluster/lib.sh`.
const ALERTMANAGER: &str = "http://127.0.0.1:29093";
/// How long all alerts of an outage may take to fire: five minutes is the longest `for` of these, and a restart, a scrape, an evaluation
/// and Alertmanager's `group_wait` come on top.
const FIRES: Duration = Duration::from_mins(10);
/// How long they may take to end once the cause has.
const ENDS: Duration = Duration::from_mins(8);

/// The `for` of most of these alerts, and of the one for Kafka.
const FOR: Duration = Duration::from_mins(5);
const FOR_KAFKA: Duration = Duration::from_mins(2);

/// One outage at a time.
static OUTAGE: Mutex<()> = Mutex::const_new(());

/// What is stopped.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A Deployment of the product.
    Service(&'static str),
    /// A `StatefulSet` of the demo's servers.
    Server(&'static str),
    /// A Deployment of the demo's servers.
    Worker(&'static str),
}

impl Part {
    /// The number of replicas that it should have.
    async fn replicas(self, cluster: &Cluster) -> anyhow::Result<i32> {
        let scale = match self {
            Self::Server(name) => servers(cluster).get_scale(name).await?,
            Self::Service(name) | Self::Worker(name) => self.deployments(cluster).get_scale(name).await?,
        };
        Ok(scale.spec.and_then(|spec| spec.replicas).unwrap_or_default())
    }

    /// Sets the number of replicas.
    async fn scale(self, cluster: &Cluster, replicas: i32) -> anyhow::Result<()> {
        let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
        let parameters = PatchParams::default();
        match self {
            Self::Server(name) => servers(cluster).patch_scale(name, &parameters, &patch).await?,
            Self::Service(name) | Self::Worker(name) => {
                self.deployments(cluster).patch_scale(name, &parameters, &patch).await?
            }
        };
        Ok(())
    }

    fn deployments(self, cluster: &Cluster) -> Api<Deployment> {
        match self {
            Self::Service(_) => Api::default_namespaced(cluster.client.clone()),
            Self::Server(_) | Self::Worker(_) => Api::namespaced(cluster.client.clone(), NAMESPACE),
        }
    }
}

fn servers(cluster: &Cluster) -> Api<StatefulSet> {
    Api::namespaced(cluster.client.clone(), NAMESPACE)
}

async fn ask(url: &str) -> Value {
    let (status, answer) = http::ask(Method::GET, url, None).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{url}: {answer}");
    answer
}

/// The states of these alerts in Prometheus: `pending` or `firing`.
async fn states(alerts: &[&str]) -> BTreeMap<String, String> {
    let answer = ask(&format!("{PROMETHEUS}/api/v1/alerts")).await;
    let all = answer["data"]["alerts"].as_array().unwrap();
    let named = all.iter().map(|alert| (alert["labels"]["alertname"].as_str().unwrap(), &alert["state"]));
    let ours = named.filter(|(name, _)| alerts.contains(name));
    let mut states = BTreeMap::new();
    for (name, state) in ours {
        // Of several by one name, one that fires counts.
        let state = state.as_str().unwrap().to_owned();
        let known = states.entry(name.to_owned()).or_insert_with(|| state.clone());
        if state == "firing" {
            *known = state;
        }
    }
    states
}

/// The alerts that Alertmanager would tell somebody of, by name.
async fn told() -> BTreeMap<String, Value> {
    let answer = ask(&format!("{ALERTMANAGER}/api/v2/alerts?active=true")).await;
    let alerts = answer.as_array().unwrap().iter();
    alerts.map(|alert| (alert["labels"]["alertname"].as_str().unwrap().to_owned(), alert.clone())).collect()
}

/// The section of the runbook to which an alert leads.
fn section(alert: &Value) -> String {
    let leads = alert["annotations"]["runbook_url"].as_str().unwrap();
    let (page, anchor) = leads.split_once('#').unwrap();
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("..");
    let page = fs::read_to_string(root.join(page)).unwrap();
    let mut sections = page.split("\n### ").skip(1);
    let found = sections.find(|section| section.lines().next().is_some_and(|line| line.to_lowercase() == anchor));
    found.unwrap_or_else(|| panic!("{leads} leads nowhere")).to_owned()
}

/// Waits until none of these alerts is active, so that what fires afterwards has the cause of this test.
async fn until_none(alerts: &[&str], limit: Duration, why: &str) {
    let begun = Instant::now();
    loop {
        let (in_prometheus, in_alertmanager) = (states(alerts).await, told().await);
        let left: Vec<&str> = alerts
            .iter()
            .copied()
            .filter(|name| in_prometheus.contains_key(*name) || in_alertmanager.contains_key(*name))
            .collect();
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < limit, "{why}, and after {limit:?} these are still active: {left:?}");
        sleep(Duration::from_secs(5)).await;
    }
}

/// Stops parts, and checks that these alerts fire with the whole of their `for`, reach Alertmanager and have runbooks that say this; then
/// starts the parts again, as the runbooks say, and checks that the alerts end.
async fn cause(parts: &[Part], alerts: &[(&str, &str, Duration)]) {
    let _alone = OUTAGE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let names: Vec<&str> = alerts.iter().map(|(name, _, _)| *name).collect();
    until_none(&names, ENDS, "An earlier outage is over").await;

    let mut replicas = Vec::new();
    for part in parts {
        replicas.push((*part, part.replicas(&cluster).await.unwrap()));
    }
    // From before the first is stopped: on a busy machine its alert may be pending when the last one is.
    let begun = Instant::now();
    let outage = Box::pin(async {
        for part in parts {
            part.scale(&cluster, 0).await.map_err(|error| format!("{part:?} is not stopped: {error:#}"))?;
        }
        fire(alerts, begun).await
    });
    let fired = AssertUnwindSafe(outage).catch_unwind().await;
    // Whatever came of it, and be it a panic, the next test needs the parts: each of them, even if another cannot be started. None may be left
    // of a run that was killed.
    let mut left = Vec::new();
    for (part, before) in replicas {
        let started = Box::pin(async {
            while let Err(error) = part.scale(&cluster, before.max(1)).await {
                eprintln!("{part:?} is not started: {error:#}; trying again.");
                sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        });
        if within("the start", started).await.is_err() {
            left.push(part);
        }
    }
    assert!(left.is_empty(), "these are still stopped, until make demo starts them: {left:?}; the alerts: {fired:?}");
    match fired {
        Ok(Ok(())) => {}
        Ok(Err(missing)) => panic!("{missing}"),
        Err(panicked) => resume_unwind(panicked),
    }
    until_none(&names, ENDS, "The cause has ended").await;
    within("the gateway's answer", async {
        while gateway::get("/deliveries").await.is_err() {
            sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// Waits until all of these are in Alertmanager; or says what is missing, or wrong.
async fn fire(alerts: &[(&str, &str, Duration)], begun: Instant) -> Result<(), String> {
    let names: Vec<&str> = alerts.iter().map(|(name, _, _)| *name).collect();
    let mut pending: BTreeMap<String, Duration> = BTreeMap::new();
    loop {
        let states = states(&names).await;
        for (name, state) in &states {
            if state == "pending" {
                pending.entry(name.clone()).or_insert_with(|| begun.elapsed());
            }
        }
        let told = told().await;
        let missing: Vec<&str> = names.iter().copied().filter(|name| !told.contains_key(*name)).collect();
        for (name, remedy, lasts) in alerts {
            let fires = told.contains_key(*name) || states.get(*name).is_some_and(|state| state == "firing");
            if fires && begun.elapsed() < *lasts {
                return Err(format!("{name} fires after {:?}, before its cause has lasted {lasts:?}", begun.elapsed()));
            }
            let Some(alert) = told.get(*name) else { continue };
            let said = &alert["annotations"];
            let is_said = ["summary", "description"]
                .iter()
                .all(|key| said[*key].as_str().is_some_and(|text| text.ends_with('.') && !text.contains("<no value>")));
            if !is_said {
                return Err(format!("{name} does not say in sentences what is wrong: {alert}"));
            }
            if !section(alert).contains(remedy) {
                return Err(format!("the runbook of {name} does not say what helps here: {remedy}"));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > FIRES {
            return Err(format!(
                "after {FIRES:?} these are not in Alertmanager: {missing:?}; {states:?}, pending since {pending:?}"
            ));
        }
        sleep(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
#[ignore = "stops all services for minutes: the stage alerts runs it"]
async fn services_that_are_down_are_missed_and_their_alerts_end_when_they_are_scaled_up() {
    let parts = [
        Part::Service("code-delivery-operator"),
        Part::Service("code-delivery-gateway"),
        Part::Service("code-delivery-purchases"),
        Part::Service("code-delivery-invoices"),
        Part::Service("code-delivery-notifications"),
    ];
    let alerts = [
        ("DeliveryOperatorDown", "Scale up if `operator.replicas` is 0", FOR),
        ("DeliveryGatewayDown", "Scale up if `gateway.replicas` is 0", FOR),
        ("DeliveryPurchasesDown", "Scale up if `purchases.replicas` is 0", FOR),
        ("DeliveryInvoicesDown", "Scale up if `invoices.replicas` is 0", FOR),
        ("DeliveryNotificationsDown", "Scale up if `notifications.replicas` is 0", FOR),
    ];
    cause(&parts, &alerts).await;
}

#[tokio::test]
#[ignore = "stops all servers for minutes: the stage alerts runs it"]
async fn servers_that_are_away_are_named_and_their_alerts_end_when_they_are_back() {
    let parts = [Part::Server("kafka"), Part::Server("mongodb"), Part::Server("mailpit"), Part::Worker("connect")];
    let alerts = [
        ("DeliveryKafkaUnreachable", "mend", FOR_KAFKA),
        ("DeliveryHistoryUnreachable", "mend", FOR),
        ("DeliveryPurchasesDependencyUnreachable", "mend the server", FOR),
        ("DeliveryConnectUnreachable", "mend Connect", FOR),
        ("DeliveryMailServerUnreachable", "mend the server", FOR),
    ];
    cause(&parts, &alerts).await;
}
