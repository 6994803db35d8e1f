//! The lessons of docs/mesh.md, by their own commands: a gateway that is released to a few first, and faults on purpose. Needs a demo in a
//! mesh: MESH=1 make demo.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use delivery_e2e::log::Log;
use delivery_e2e::probe::{Identity, run};
use delivery_e2e::prometheus::{exactly, settled};
use delivery_e2e::{entrance, proof};
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use serde_json::json;
use tokio::sync::Mutex;

/// Each lesson changes a way to the gateway.
static ALONE: Mutex<()> = Mutex::const_new(());
/// How long the proxies may take to get what has changed.
const TOLD: Duration = Duration::from_secs(5);
/// The image that stands in the page for a new one.
const NEW_IMAGE: &str = "registry.example.com/gateway:NEW";

/// The blocks of commands below a heading of the page.
fn lesson(heading: &str) -> Vec<String> {
    let page = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../docs/mesh.md");
    let text = std::fs::read_to_string(page).unwrap();
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("\n```sh\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_owned()).collect()
}

/// Runs commands in a shell that ends with the first one that fails.
fn shell(commands: &str) {
    let output = Command::new("timeout").args(["120", "bash", "-euo", "pipefail", "-c", commands]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\nended with {}: {said}", output.status);
}

/// Runs commands at the end, whatever came of the lesson.
struct Undo(String);

impl Drop for Undo {
    fn drop(&mut self) {
        let _ = Command::new("bash").args(["-c", &self.0]).status();
    }
}

/// How often the mesh's gateway has led a request to the new gateway.
fn led(condition: &str) -> String {
    format!(
        "istio_requests_total{{reporter=\"source\",source_workload=\"code-delivery-ingress-istio\",\
         destination_service_name=\"next-gateway\",{condition}}}"
    )
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_gateway_is_released_to_a_few_then_by_a_header_then_mirrored() {
    let _alone = ALONE.lock().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let steps = lesson("A lesson: release a gateway to a few first");
    let [begin, weights, header, mirrored, end] = steps.as_slice() else {
        panic!("{} blocks of commands", steps.len())
    };
    let gateway = cluster.operator().get("code-delivery-gateway").await.unwrap();
    let containers = gateway.spec.unwrap().template.spec.unwrap().containers;
    let image = containers.into_iter().find_map(|one| one.image).unwrap();
    assert!(begin.contains(NEW_IMAGE), "{begin}");
    let _undo = Undo(end.clone());
    shell(&begin.replace(NEW_IMAGE, &image));
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 1000});
    let delivery = cluster.deliver("released", spec).await.unwrap();

    let upgraded = led("response_code=\"101\"");
    let before = settled(&upgraded).await.unwrap();
    shell(weights);
    tokio::time::sleep(TOLD).await;
    for _ in 0..60 {
        drop(Socket::open_at(&entrance::address()).await.unwrap());
    }
    let share = settled(&upgraded).await.unwrap() - before;
    assert!((1.0..=25.0).contains(&share), "{share} of 60 WebSockets, instead of about 6");

    // A request for a WebSocket without an upgrade is refused by the gateway that gets it.
    let refused = led("response_code!=\"101\"");
    let before = settled(&refused).await.unwrap();
    shell(header);
    tokio::time::sleep(TOLD).await;
    for _ in 0..5 {
        entrance::send(Method::GET, "/ws", &[("x-release", "next")], Bytes::new()).await.unwrap();
    }
    exactly(&refused, before + 5.0).await.unwrap();

    let copies =
        "istio_requests_total{reporter=\"destination\",destination_workload=\"next-gateway\",response_code=\"200\"}";
    let before = settled(copies).await.unwrap();
    shell(mirrored);
    tokio::time::sleep(TOLD).await;
    for _ in 0..5 {
        let (status, _) = entrance::ask(Method::GET, "/deliveries", None).await.unwrap();
        assert_eq!(status, StatusCode::OK);
    }
    exactly(copies, before + 5.0).await.unwrap();

    // Gateways only read, so that the log is what it would have been.
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn faults_on_purpose_meet_the_callers_inside_and_not_the_log() {
    let _alone = ALONE.lock().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let steps = lesson("A lesson: faults on purpose");
    let [commands] = steps.as_slice() else { panic!("{} blocks of commands", steps.len()) };
    let (begin, watch) = commands.split_once("\nkubectl logs ").unwrap();
    let (_, end) = watch.split_once('\n').unwrap();
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 1000});
    let delivery = cluster.deliver("faulty", spec).await.unwrap();
    let undo = Undo(end.to_owned());
    shell(begin);
    tokio::time::sleep(TOLD).await;
    // What the canary may call, by its identity.
    let canary = Identity::Account("code-delivery-canary");
    let met = run(&cluster, canary, &["get", "http://code-delivery-gateway/ws", "40"]).await.unwrap();
    drop(undo);
    let aborted = met.found.get("503").copied().unwrap_or_default();
    assert!((1..=25).contains(&aborted), "{aborted} of 40 aborted, instead of about 8: {:?}", met.found);
    assert!(!met.found.contains_key("403") && met.found.len() > 1, "{:?}", met.found);
    let injected = format!(
        "istio_requests_total{{reporter=\"source\",source_workload=\"{}\",response_code=\"503\",response_flags=~\".*FI.*\"}}",
        met.name
    );
    exactly(&injected, f64::from(u32::try_from(aborted).unwrap())).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}
