//! The operator's memory with many deliveries under way: kwok simulates their pods on nodes that do not exist, and one simulator
//! process runs all of their plans, so that states are written as usual.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_api::Delivery;
use delivery_e2e::cluster::{Cluster, phase_of};
use delivery_e2e::log::Log;
use delivery_messages::{Plan, PlanPhase, Topic, decode};
use k8s_openapi::api::core::v1::Node;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::processes;

/// Pods on a node that does not exist.
const PODS: u32 = 250;
/// How long all deliveries may take to be running.
const START: Duration = Duration::from_mins(5);
const LABEL: &str = "codedelivery.dev/bench=operator";
const FIELD_MANAGER: &str = "delivery-bench";

pub(crate) async fn measure(count: u32, seconds: u64, kwok: &Path, simulator: &Path) -> Result<()> {
    let cluster = Cluster::connect().await?;
    let nodes: Api<Node> = Api::all(cluster.client.clone());
    let directory = std::env::temp_dir().join(format!("delivery-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let real: Vec<String> = nodes.list(&ListParams::default()).await?.iter().map(ResourceExt::name_any).collect();
    println!("operator without deliveries: {}", resident()?);
    let measured = run(&cluster, &nodes, &real, (count, seconds), (kwok, simulator, &directory)).await;

    let ours = ListParams::default().labels(LABEL);
    cluster.deliveries().delete_collection(&DeleteParams::default(), &ours).await?;
    nodes.delete_collection(&DeleteParams::default(), &ours).await?;
    for node in &real {
        nodes.uncordon(node).await?;
    }
    std::fs::remove_dir_all(&directory)?;
    measured
}

async fn run(
    cluster: &Cluster,
    nodes: &Api<Node>,
    real: &[String],
    (count, seconds): (u32, u64),
    (kwok, simulator, directory): (&Path, &Path, &PathBuf),
) -> Result<()> {
    for number in 0..count.div_ceil(PODS) {
        let node = node(&format!("bench-{number}"));
        nodes.patch(&format!("bench-{number}"), &PatchParams::apply(FIELD_MANAGER), &Patch::Apply(node)).await?;
    }
    for node in real {
        nodes.cordon(node).await?;
    }
    let selector = "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake";
    let _kwok = start(kwok, &["--manage-all-nodes=false", selector])?;

    let mut ids = HashSet::new();
    for _ in 0..count {
        ids.insert(create(cluster).await?);
    }
    let plans = plans(&ids).await?;
    let (config, file) = (directory.join("config.yaml"), directory.join("plans.json"));
    std::fs::write(&config, json!({"kafka": Log::default().config, "adminAddress": "127.0.0.1:19090"}).to_string())?;
    std::fs::write(&file, plans.to_string())?;
    let _simulator = start(simulator, &["--config", &config.to_string_lossy(), "--plans", &file.to_string_lossy()])?;

    let began = Instant::now();
    loop {
        let running = running(cluster).await?;
        if running >= usize::try_from(count)? {
            break;
        }
        ensure!(began.elapsed() < START, "only {running} of {count} deliveries are running after {START:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("all {count} are running after {:.0} s", began.elapsed().as_secs_f64());
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    println!("operator at {count} running deliveries: {}  (target: under 65536 KiB)", resident()?);
    Ok(())
}

/// How many deliveries of this run are Running according to the API.
async fn running(cluster: &Cluster) -> Result<usize> {
    let ours = ListParams::default().labels(LABEL);
    Ok(cluster.deliveries().list(&ours).await?.iter().filter(|delivery| phase_of(delivery) == "Running").count())
}

async fn create(cluster: &Cluster) -> Result<String> {
    let (key, value) = LABEL.split_once('=').unwrap_or_default();
    let object: Delivery = serde_json::from_value(json!({
        "apiVersion": "codedelivery.dev/v1alpha1", "kind": "Delivery",
        "metadata": {"name": delivery_e2e::unique("bench"), "labels": {key: value}},
        "spec": {"routeRef": {"name": "terceiro"}, "speedKmh": 6, "courier": "bench"},
    }))?;
    cluster.deliveries().create(&kube::api::PostParams::default(), &object).await?.uid().context("it has no uid")
}

/// The file of plans for one simulator, once the operator has published all of them.
async fn plans(ids: &HashSet<String>) -> Result<Value> {
    let log = Log::default();
    let began = Instant::now();
    loop {
        let mut found: HashMap<String, Plan> = HashMap::new();
        for record in log.all(Topic::Plan).await? {
            let plan = decode::<Plan>(Topic::Plan, record.value.as_deref());
            if let Ok(plan) = plan
                && ids.contains(&plan.delivery_id)
                && plan.phase == PlanPhase::Accepted
            {
                found.insert(plan.delivery_id.clone(), plan);
            }
        }
        if found.len() == ids.len() {
            let first = found.values().next().context("there is at least one plan")?;
            let route = log.route(first).await?;
            let entry = |(number, plan): (usize, &Plan)| {
                if number == 0 { json!({"plan": plan, "route": route}) } else { json!({"plan": plan}) }
            };
            let entries: Vec<_> = found.values().enumerate().map(entry).collect();
            return Ok(json!({"plans": entries}));
        }
        ensure!(began.elapsed() < START, "only {} of {} plans are published after {START:?}", found.len(), ids.len());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn node(name: &str) -> Value {
    let (key, value) = LABEL.split_once('=').unwrap_or_default();
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {key: value}, "annotations": {"kwok.x-k8s.io/node": "fake"}},
    })
}

fn start(program: &Path, arguments: &[&str]) -> Result<Child> {
    Command::new(program)
        .args(arguments)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} could not be started", program.display()))
}

fn resident() -> Result<String> {
    let found = processes::named("code-delivery-operator")?;
    let operator = found.first().context("the operator is not running on this machine")?;
    Ok(format!("{} KiB resident, peak {} KiB", operator.resident, operator.peak))
}
