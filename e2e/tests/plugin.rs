//! `kubectl delivery` as a user runs it: kubectl finds the plugin in the `PATH`; cluster and log are real.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::Log;
use delivery_e2e::topics::OwnTopics;
use delivery_e2e::{PATIENCE, proof, unique, within};
use delivery_messages::deliveries::catalogue;
use delivery_messages::{NewPosition, Plan, Route, State, StatePhase, Topic, encode};
use delivery_motion::{Drive, Path};
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

const PLANS: &str = include_str!("../../messages/golden/1/delivery.plan.json");
const ROUTES: &str = include_str!("../../messages/golden/1/route.catalogue.json");

/// The result of a command.
#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

async fn kubectl(arguments: &[&str]) -> Answer {
    kubectl_with(arguments, "").await
}

async fn kubectl_with(arguments: &[&str], input: &str) -> Answer {
    let mut child = spawn(arguments);
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = within(&format!("{arguments:?}"), async { Ok(child.wait_with_output().await?) }).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn spawn(arguments: &[&str]) -> Child {
    let mut command = Command::new("kubectl");
    command.arg("delivery").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap_or_else(|error| panic!("kubectl is not in the PATH: {error}"))
}

/// The log of one finished delivery, as its writers would leave it, except for what `change` does to each position.
async fn forge(topics: &OwnTopics, id: &str, change: impl Fn(&mut NewPosition)) {
    let (plans, routes): (Vec<Plan>, Vec<Route>) =
        (serde_json::from_str(PLANS).unwrap(), serde_json::from_str(ROUTES).unwrap());
    let path: Vec<_> = (0..30).map(|step| [-47.93 + f64::from(step) * 1e-4, -15.82]).collect();
    let revision = catalogue::revision(&routes[0].id, &path);
    let route = Route { path, revision, ..routes[0].clone() };
    let plan = Plan { delivery_id: id.to_owned(), name: id.to_owned(), route: route.key(), ..plans[0].clone() };
    let drive = Drive::of_plan(&plan, Arc::new(Path::new(&route.path).unwrap())).unwrap();
    let send = async |topic, key: &str, value: Vec<u8>| topics.send(topic, key, Some(&value)).await.unwrap();
    send(Topic::Catalogue, &route.key(), encode(&route).unwrap()).await;
    send(Topic::Plan, id, encode(&plan).unwrap()).await;
    let start = jiff::Timestamp::now().as_millisecond() - 60_000;
    let mut place = (0, 0);
    let mut last = None;
    for seq in 0..=drive.last_seq() {
        let fix = drive.fix(seq);
        let mut position = NewPosition {
            route_id: plan.route_id.clone(),
            client_id: plan.client_id.clone(),
            position: fix.position,
            finished: fix.finished,
            delivery_id: id.to_owned(),
            seq,
            at: start + 500 * i64::try_from(seq).unwrap(),
            speed: fix.speed_meters_per_second,
            heading: fix.heading,
            progress: fix.progress,
        };
        change(&mut position);
        place = send(Topic::NewPosition, id, encode(&position).unwrap()).await;
        last = Some(position);
    }
    let last = last.unwrap();
    let seq = i64::try_from(last.seq).unwrap();
    let state = State {
        delivery_id: id.to_owned(),
        version: State::version_of(seq, true),
        phase: StatePhase::Finished,
        start,
        seq,
        at: last.at,
        position: Some(last.position),
        speed: last.speed,
        heading: last.heading,
        progress: last.progress,
        eta: last.at,
        late_milliseconds: None,
        partition: place.0,
        offset: place.1,
        reason: None,
        pod: None,
    };
    send(Topic::State, id, encode(&state).unwrap()).await;
}

#[tokio::test]
async fn verify_tells_a_correct_delivery_from_an_incorrect_one() {
    let topics = OwnTopics::create("plugin").await.unwrap();
    let config = topics.log.config.clone();
    let verify =
        ["verify", "-A", "--bootstrap-servers", &config.bootstrap_servers, "--topic-prefix", &config.topic_prefix];
    let json = [&verify[..], &["-o", "json"]].concat();

    forge(&topics, "right", |_| ()).await;
    let right = kubectl(&json).await.succeeded().json();
    assert_eq!(right["deliveries"][0]["verdict"], "complete", "{right}");
    kubectl(&[&verify[..], &["--strict"]].concat()).await.succeeded();

    // Off by eleven millimetres.
    forge(&topics, "wrong", |position| {
        if position.seq == 17 {
            position.position[0] += 1e-7;
        }
    })
    .await;
    let wrong = kubectl(&verify).await;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.out.contains("broken") && wrong.out.contains("2 deliveries"), "{}", wrong.out);
    let wrong = kubectl(&json).await;
    assert_eq!(wrong.code, Some(1));
    let verdicts = wrong.json();
    let of = |name: &str| {
        let all = verdicts["deliveries"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{verdicts}")).clone()
    };
    assert_eq!(of("right")["verdict"], "complete");
    assert_eq!((&of("wrong")["wrong"], &of("wrong")["gaps"]), (&json!(1), &json!(0)));

    // A removed plan takes nothing with it except the possibility to recompute.
    topics.send(Topic::Plan, "wrong", None).await.unwrap();
    topics.send(Topic::State, "wrong", None).await.unwrap();
    let gone = kubectl(&json).await.succeeded().json();
    let verdicts: Vec<_> = gone["deliveries"].as_array().unwrap().iter().map(|one| one["verdict"].clone()).collect();
    assert_eq!(verdicts, [json!("complete"), json!("unverifiable")], "{gone}");
    topics.remove().await.unwrap();
}

#[tokio::test]
async fn a_delivery_is_started_awaited_and_verified_directly_and_from_inside_the_cluster() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let started = ["start", "segundo", "--courier", "moto-7", "--interval-milliseconds", "50", "--wait", "-o", "json"];
    let started = kubectl(&started).await.succeeded();
    assert!(started.err.contains("finished after"), "{started:?}");
    let (name, id) = (started.json()["metadata"]["name"].clone(), started.json()["metadata"]["uid"].clone());
    let (name, id) = (name.as_str().unwrap(), id.as_str().unwrap());
    proof::complete(&log, id).await.unwrap();

    let delivery = format!("--delivery={name}");
    let direct = ["verify", &delivery, "--strict", "-o", "json", "--bootstrap-servers", &log.config.bootstrap_servers];
    // The brokers' names do not resolve outside the cluster, so without --bootstrap-servers a pod reads Kafka.
    let in_cluster = ["verify", &delivery, "--strict", "-o", "json"];
    for arguments in [&direct[..], &in_cluster] {
        let found = kubectl(arguments).await.succeeded().json();
        assert_eq!(found["deliveries"][0]["deliveryId"], id);
        assert_eq!(found["deliveries"][0]["verdict"], "complete", "{found}");
        assert_eq!(found["deliveries"].as_array().unwrap().len(), 1);
    }
    cluster.deliveries().delete(name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_delivery_is_suspended_resumed_watched_and_cancelled() {
    let cluster = Cluster::connect().await.unwrap();
    let spec = json!({"routeRef": {"name": "primeiro"}, "intervalMilliseconds": 1000});
    let delivery = cluster.deliver("plugin", spec).await.unwrap();
    let name = delivery.name_any();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let says = |answer: Answer, word: &str| {
        let answer = answer.succeeded();
        assert_eq!(answer.out, format!("delivery.codedelivery.dev/{name} {word}\n"));
    };
    let listed = kubectl(&["list", "--field-selector", "status.phase=Running"]).await.succeeded();
    assert!(listed.out.starts_with("NAME ") && listed.out.contains(&name), "{listed:?}");
    // The operator writes its Events a moment after the status.
    let parts = ["Progress", "restarts: 0", "UnderWay", "CONDITION", "EVENT"];
    let begun = Instant::now();
    loop {
        let screen = kubectl(&["status", &name]).await.succeeded();
        if parts.iter().all(|part| screen.out.contains(part)) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "not all of {parts:?}: {screen:?}");
        sleep(Duration::from_millis(500)).await;
    }
    let document = kubectl(&["status", &name, "-o", "json"]).await.succeeded().json();
    assert_eq!(document["delivery"]["metadata"]["name"], json!(name));
    assert_eq!(document["pod"]["status"]["phase"], "Running", "{document}");
    says(kubectl(&["suspend", &name]).await, "suspended");
    says(kubectl(&["suspend", &name]).await, "suspended already");
    cluster.until_phase(&delivery, "Suspended").await.unwrap();
    says(kubectl(&["resume", &name]).await, "resumed");
    cluster.until_phase(&delivery, "Running").await.unwrap();

    let mut watching = spawn(&["watch", &name, "--until-finished", "-o", "json"]);
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = within("a line of watch", async { Ok(lines.next_line().await?) }).await.unwrap();
        line.map(|line| serde_json::from_str::<Value>(&line).unwrap())
    };
    assert_eq!(next().await.unwrap()["name"], json!(name));
    says(kubectl(&["cancel", &name]).await, "cancelled");
    let mut newest = Value::Null;
    while let Some(line) = next().await {
        newest = line;
    }
    assert_eq!((&newest["name"], &newest["deleted"]), (&json!(name), &json!(true)), "{newest}");
    assert_eq!(watching.wait().await.unwrap().code(), Some(1), "it was deleted before its end");
    let again = kubectl(&["cancel", &name]).await;
    assert_eq!(again.code, Some(2), "what it names does not exist");
    assert!(again.err.contains(&name), "{again:?}");
}

#[tokio::test]
async fn routes_are_imported_from_geojson_gpx_and_lines() {
    let cluster = Cluster::connect().await.unwrap();
    let geojson = r#"{"type":"Feature","properties":{"name":"Lago"},"geometry":{"type":"LineString",
        "coordinates":[[-47.92923,-15.82594],[-47.92765,-15.82942]]}}"#;
    let gpx = r#"<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk>
        <name>Lago</name><trkseg><trkpt lat="-15.82594" lon="-47.92923"/><trkpt lat="-15.82942" lon="-47.92765"/></trkseg>
        </trk></gpx>"#;
    let lines = "-15.82594,-47.92923\n-15.82942,-47.92765\n";
    for (form, text) in [("geojson", geojson), ("gpx", gpx), ("lines", lines)] {
        let name = unique(form);
        let said = kubectl_with(&["route", "import", "-", "--name", &name, "--apply"], text).await.succeeded();
        assert!(said.out.starts_with(&format!("deliveryroute.codedelivery.dev/{name} applied (2 points")), "{said:?}");
        let route = cluster.routes().get(&name).await.unwrap();
        let path: Vec<[f64; 2]> = serde_json::from_value(json!(route.spec.path)).unwrap();
        assert_eq!(json!(path), json!([[-47.92923, -15.82594], [-47.92765, -15.82942]]), "longitude first");
        let title = serde_json::to_value(&route.spec).unwrap()["title"].clone();
        assert!(form == "lines" || title == "Lago", "{form}: {title}");
        cluster.routes().delete(&name, &DeleteParams::default()).await.unwrap();
    }
    let bad = kubectl_with(&["route", "import", "-", "--name", "bad"], "-15.8,-47.9\nnorth,south\n").await;
    assert_eq!(bad.code, Some(2), "{bad:?}");
    assert!(bad.err.contains('2'), "the line is named: {}", bad.err);
}

#[tokio::test]
async fn the_map_is_reached_through_a_forwarded_port() {
    let mut forwarding = spawn(&["map"]);
    let mut lines = BufReader::new(forwarding.stdout.take().unwrap()).lines();
    let address = within("the map's address", async { Ok(lines.next_line().await?.unwrap()) }).await.unwrap();
    let host = address.strip_prefix("http://").unwrap();
    let page = within("the page", async {
        let mut stream = tokio::net::TcpStream::connect(host).await?;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut page = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut page).await?;
        Ok(page)
    })
    .await
    .unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<html"), "{page}");
    forwarding.kill().await.unwrap();
}

#[tokio::test]
async fn topics_and_dead_letters_are_listed() {
    let log = Log::default();
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str(), "-o", "json"];
    let topics = kubectl(&[&["topics"], &servers[..]].concat()).await.succeeded();
    for topic in Topic::ALL {
        assert!(topics.out.contains(&format!("\"{}\"", log.config.topic(topic))), "{}: {}", topic.name(), topics.out);
    }
    let (partition, offset) = log.send(Topic::NewDirection, None, b"no json").await.unwrap();
    log.dead_letter(Topic::NewDirection, (partition, offset)).await.unwrap();
    let letters = kubectl(&[&["dead-letters", "--since", "10m"], &servers[..]].concat()).await.succeeded().json();
    let record = format!("{}/{partition}/{offset}", log.config.topic(Topic::NewDirection));
    let letter = letters["deadLetters"].as_array().unwrap().iter().find(|letter| letter["record"] == json!(record));
    let letter = letter.unwrap_or_else(|| panic!("{record} is not in {letters}"));
    assert_eq!((&letter["reason"], &letter["value"]), (&json!("MalformedRecord"), &json!("no json")));
}

#[tokio::test]
async fn check_finds_the_installation_and_says_what_is_wrong() {
    let log = Log::default();
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str()];
    // Other tests disturb pods for a moment; then the check is repeated.
    let check = [&["check", "--wait", "150s", "-o", "json"], &servers[..]].concat();
    let found = kubectl(&check).await.succeeded().json();
    assert_eq!((&found["right"], &found["wrong"]), (&json!(true), &json!(0)), "{found}");
    let checks = |category: &str| {
        let categories = found["categories"].as_array().unwrap();
        let found = categories.iter().find(|one| one["name"] == category);
        found.unwrap_or_else(|| panic!("{category} is not in {categories:?}"))["checks"].as_array().unwrap().clone()
    };
    let is_right = |category: &str, sentence: &str| {
        let right = |check: &Value| check["result"] == "right" && check["message"].as_str().unwrap().contains(sentence);
        assert!(checks(category).iter().any(right), "{category}: {sentence} is not in {:?}", checks(category));
    };
    is_right("API server", "its version is v1.");
    is_right("Custom resources", "The CRD deliveries.codedelivery.dev is established and that of this release.");
    is_right("Custom resources", "The CRD deliveryroutes.codedelivery.dev is established and that of this release.");
    is_right("Permissions", "You may start, change and cancel Deliveries");
    is_right("Installation", "replicas ready.");
    is_right("Operator", "leads; it renewed the Lease");
    is_right("Operator", "is ready.");
    is_right("Gateway", "answers through its Service and the API server's proxy");
    is_right("Kafka", "asked from here");
    assert!(checks("Kafka").len() > 2, "the brokers and the topics are judged: {:?}", checks("Kafka"));
    is_right("MongoDB and Elasticsearch", "The gateway reaches MongoDB.");
    is_right("MongoDB and Elasticsearch", "The gateway reaches Elasticsearch.");
    is_right("Connectors", "code-delivery-positions is ready");
    is_right("Connectors", "keep the index template code-delivery-positions in place.");
    is_right("Canary", "is ready.");
    let of_runs = |check: &Value| check["message"].as_str().unwrap().contains("of the canary");
    assert!(checks("Canary").iter().any(of_runs), "{:?}", checks("Canary"));

    let lines = kubectl(&[&["check", "--wait", "150s"], &servers[..]].concat()).await.succeeded();
    assert!(lines.out.starts_with("API server\n  ✓ The API server answers"), "{lines:?}");
    // The brokers' names do not resolve outside the cluster: a Job reads the topics.
    let job = kubectl(&["check", "--wait", "150s", "--from-cluster"]).await.succeeded();
    assert!(job.out.contains("asked through a Job in the cluster"), "{job:?}");
    // A Kafka without our topics.
    let prefix = format!("{}.", unique("nobody"));
    let wrong = kubectl(&[&["check", "--topic-prefix", &prefix], &servers[..]].concat()).await;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.out.contains(&format!("✗ The topic {prefix}delivery.plan does not exist.")), "{wrong:?}");
    let nowhere = kubectl(&["check", "--context", "no-such-context"]).await;
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
}

#[tokio::test]
async fn top_shows_deliveries_positions_and_gateways() {
    let cluster = Cluster::connect().await.unwrap();
    let spec = json!({"routeRef": {"name": "primeiro"}, "intervalMilliseconds": 400});
    let delivery = cluster.deliver("top", spec).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let is_shown = async || {
        let shown = kubectl(&["top", "-o", "json", "--interval", "3s"]).await;
        if shown.code != Some(0) {
            return Err(format!("{shown:?}"));
        }
        let top = shown.json();
        let running = top["deliveries"].as_array().into_iter().flatten().find(|one| one["phase"] == "Running");
        let running = running.and_then(|one| one["count"].as_u64()).unwrap_or_default();
        let rate = top["served"]["positionsPerSecond"].as_f64().unwrap_or_default();
        let gateways = top["gateways"].as_array().map(Vec::len).unwrap_or_default();
        let mut groups = top["groups"].as_array().into_iter().flatten();
        let has_lag = groups.any(|one| one["topic"] == "route.new-direction" && one["lagRecords"].is_u64());
        if running >= 1 && rate > 1.0 && gateways == 2 && has_lag { Ok(()) } else { Err(top.to_string()) }
    };
    // Other tests may have stopped the leader or a gateway a moment ago.
    let begun = Instant::now();
    while let Err(shown) = is_shown().await {
        assert!(begun.elapsed() < PATIENCE, "{shown}");
    }
    let lines = kubectl(&["top", "--once"]).await.succeeded();
    assert!(lines.out.starts_with("DELIVERIES "), "{lines:?}");
    for heading in ["POSITIONS ", "AGE ", "LAG ", "CLIENTS ", "CONFLATED ", "DEAD LETTERS ", "GATEWAY "] {
        assert!(lines.out.contains(&format!("\n{heading}")), "{heading}: {lines:?}");
    }
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn mistakes_are_named_with_the_way_out() {
    let unknown = kubectl(&["start", "no-such-route"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("no-such-route") && unknown.err.contains("segundo"), "{}", unknown.err);
    let nobody = kubectl(&["watch", "no-such-delivery"]).await;
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.err.contains("kubectl get deliveries"), "{}", nobody.err);
    let closed = kubectl(&["verify", "-A", "--bootstrap-servers", "127.0.0.1:1"]).await;
    assert_eq!(closed.code, Some(2));
    assert!(closed.err.contains("127.0.0.1:1"), "{}", closed.err);
    let version = kubectl(&["version", "-o", "json"]).await.succeeded().json();
    assert!(version["installation"]["operatorImage"].as_str().unwrap().contains("operator"), "{version}");
    assert!(kubectl(&["verify", "--help"]).await.succeeded().out.contains("kubectl delivery verify -A --since 1h"));
}
