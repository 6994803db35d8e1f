//! Many plans in one simulator process, on topics of its own that are deleted afterwards.

use crate::memory;
use anyhow::{Context, Result, bail};
use delivery_e2e::log::Log;
use delivery_e2e::{gateway, unique};
use delivery_kafka::KafkaConfig;
use delivery_messages::{Motion, Plan, PlanPhase, Route, Topic, plan::MODEL};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const ADMIN: &str = "127.0.0.1:19090";
const PARTITIONS: i32 = 6;

pub(crate) async fn measure(count: u32, seconds: u64, simulator: &Path) -> Result<()> {
    let run = unique("bench");
    let kafka = KafkaConfig { topic_prefix: format!("{run}."), ..Log::default().config };
    let admin: AdminClient<DefaultClientContext> = kafka.client("bench")?.create()?;
    let names = [Topic::NewPosition, Topic::State].map(|topic| kafka.topic(topic));
    let topics = names.each_ref().map(|name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1)));
    for created in admin.create_topics(&topics, &AdminOptions::new()).await? {
        created.map_err(|(topic, error)| anyhow::anyhow!("Kafka does not create {topic}: {error}"))?;
    }
    let directory = std::env::temp_dir().join(&run);
    let measured = drive(&directory, &kafka, &plans(&run, count), seconds, simulator).await;
    fs::remove_dir_all(&directory)?;
    admin.delete_topics(&names.each_ref().map(String::as_str), &AdminOptions::new()).await?;
    measured
}

async fn drive(
    directory: &Path,
    kafka: &KafkaConfig,
    plans: &serde_json::Value,
    seconds: u64,
    simulator: &Path,
) -> Result<()> {
    fs::create_dir_all(directory)?;
    let (config, file) = (directory.join("config.yaml"), directory.join("plans.json"));
    fs::write(&config, json!({"kafka": kafka, "adminAddress": ADMIN}).to_string())?;
    fs::write(&file, plans.to_string())?;
    let mut process = Command::new(simulator)
        .args(["--config".as_ref(), config.as_os_str(), "--plans".as_ref(), file.as_os_str()])
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} does not start", simulator.display()))?;
    let pid = process.id().context("the simulator ended at once")?;
    tokio::select! {
        ended = process.wait() => bail!("the simulator ended before its time: {}", ended?),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
    }
    let metrics = gateway::get_from(ADMIN, "/metrics").await?;
    println!(
        "{} plans for {seconds} s: {} KiB resident",
        plans["plans"].as_array().map_or(0, Vec::len),
        memory::of(pid)?
    );
    for line in metrics.lines().filter(|line| line.starts_with("delivery_simulator_position")) {
        println!("  {line}");
    }
    process.kill().await?;
    Ok(())
}

fn plans(run: &str, count: u32) -> serde_json::Value {
    let path: Vec<_> = (0..500).map(|step| [-47.93 + f64::from(step) * 1e-5, -15.82]).collect();
    let route = Route {
        id: run.to_owned(),
        namespace: run.to_owned(),
        name: run.to_owned(),
        revision: run.to_owned(),
        version: 1,
        title: run.to_owned(),
        path,
        length_meters: 0.0,
        listed: false,
    };
    let plan = |number: u32| Plan {
        delivery_id: format!("{run}-{number}"),
        version: 2,
        phase: PlanPhase::Accepted,
        name: format!("{run}-{number}"),
        namespace: run.to_owned(),
        source: run.to_owned(),
        request_id: None,
        client_id: String::new(),
        route_id: run.to_owned(),
        route: route.key(),
        courier: String::new(),
        vehicle: String::new(),
        motion: Motion::PointPerTick,
        interval_milliseconds: 500,
        seed: 0,
        noise_meters: 0,
        model: MODEL,
        created_at: 0,
        resumed_at: None,
    };
    let entries: Vec<_> = (0..count)
        .map(
            |number| if number == 0 { json!({"plan": plan(0), "route": route}) } else { json!({"plan": plan(number)}) },
        )
        .collect();
    json!({"plans": entries})
}
