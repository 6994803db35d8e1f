//! The memory limits of the gateway and of the services of purchases, invoices and notifications hold the worst case of all their limits
//! together: every place taken by a client that uses all that it may and reads nothing.
//!
//! The kernel's socket buffers are left out. They are charged to the pod too, but when memory gets scarce the kernel makes them smaller
//! instead of ending the process.

use serde_json::Value;

use crate::render::{CASES, config, file, of_component, render, template};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What the process takes before clients come: its code, Kafka's clients, the tables of deliveries and routes, the page's files.
const BASE: u64 = 160 * MIB;
/// The ring, and what those that read nothing keep of it: at most the positions of one minute, which are no more than the ring holds.
const RINGS: u64 = 2;
/// Snapshots without a filter, which connections of the same second share, and which are kept for a minute at most.
const SHARED_SNAPSHOTS: u64 = 32 * MIB;
/// A connection's task (the gateway's own test holds it to 4 KiB), and the buffers from which it writes.
const WEB_SOCKET: u64 = (4 + 8) * KIB;
/// How often a client's frame is in memory: in the read buffer, as a message of fragments, as the filter that it became.
const FRAMES: u64 = 3;
/// 16 replies that a client does not read, with ids and a title.
const REPLIES: u64 = 16 * 2 * KIB;
/// 8 recipients that a client listens for, each kept by its id of 64 bytes in two tables.
const RECIPIENTS: u64 = 8 * 512;
/// A snapshot with a filter, or a slice of 1,000 old positions.
const TURN: u64 = MIB;
/// An HTTP connection's task, its read buffer with the headers, and its write buffer.
const HTTP: u64 = (8 + 16 + 16) * KIB;
/// A request's body as it arrives and as it was read.
const BODIES: u64 = 2;
/// 4,096 requests without a reply, each kept by its id: 253 characters of up to 4 bytes.
const PENDING: u64 = 4096 * 2 * KIB;
/// 10,000 addresses with their budgets.
const ADDRESSES: u64 = 4 * MIB;
/// 4 queries at a time whose responses, of 16 MiB at most, are in memory as text and as values.
const QUERIES: u64 = 4 * 3 * 16 * MIB;

/// The worst case of the limits in the gateway's configuration, bytes.
fn worst_case(config: &Value) -> u64 {
    let limit = |name: &str| config["limits"][name].as_u64().unwrap();
    let web_socket = WEB_SOCKET + FRAMES * limit("frameBytes") + REPLIES + RECIPIENTS;
    let http = HTTP + BODIES * limit("bodyBytes");
    let queries = if config.get("elasticsearch").is_some() { QUERIES } else { 0 };
    BASE + RINGS * limit("ringBytes")
        + SHARED_SNAPSHOTS
        + limit("connections") * web_socket
        + limit("turns") * TURN
        + limit("httpConnections") * http
        + limit("answerBytes")
        + PENDING
        + ADDRESSES
        + queries
}

/// What a service takes before clients come: its code, and its clients of Kafka, MongoDB and the mail server.
const SERVICE_BASE: u64 = 40 * MIB;
/// Two lists that are being made, of 200 purchases or invoices as large as a request may be: as the database has them, as values, as text.
const LISTS: u64 = 2 * 36 * MIB;
/// The same of 200 notifications.
const SHORT_LISTS: u64 = 2 * 4 * MIB;
/// Lists that are made and not read yet.
const UNREAD_LISTS: u64 = 8 * MIB;
/// Purchases that the relay has in hand, and as many that are on their way there, each as large as a request may be.
const IN_HAND: u64 = 2 * 512;
/// The PDF of an invoice of 100 items.
const PDF: u64 = 128 * KIB;

/// The worst case of the limits in the configuration of a service, bytes. What its file does not have is as in its example, which has the
/// defaults.
fn worst_case_of_service(config: &Value, service: &str) -> u64 {
    let defaults = std::fs::read_to_string(format!("../{service}/config.example.yaml")).unwrap();
    let defaults: Value = serde_yaml::from_str(&defaults).unwrap();
    let limit = |section: &str, name: &str| {
        config[section][name].as_u64().or_else(|| defaults[section][name].as_u64()).unwrap()
    };
    let body = || BODIES * limit("limits", "bodyBytes");
    let (lists, connections, each) = match service {
        "purchases" => (LISTS + IN_HAND * limit("limits", "bodyBytes"), limit("limits", "httpConnections"), body()),
        "invoices" => (LISTS, limit("http", "connections"), PDF),
        _ => (SHORT_LISTS, limit("limits", "httpConnections"), body()),
    };
    SERVICE_BASE + lists + UNREAD_LISTS + ADDRESSES + connections * (HTTP + each)
}

/// The memory limit of a component's container, bytes.
fn memory_limit(objects: &[Value], component: &str) -> u64 {
    let deployment = of_component(objects, "Deployment", component).next().unwrap();
    let quantity =
        deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"].as_str().unwrap();
    let unit = quantity.find(|letter: char| !letter.is_ascii_digit()).unwrap();
    let (number, unit) = quantity.split_at(unit);
    let unit = [("Mi", MIB), ("Gi", 1024 * MIB)]
        .into_iter()
        .find_map(|(name, bytes)| (name == unit).then_some(bytes))
        .unwrap();
    number.parse::<u64>().unwrap() * unit
}

#[test]
fn the_gateways_memory_limit_holds_the_worst_case_of_all_limits_together() {
    for case in CASES.into_iter().chain(["history"]) {
        let objects = render(case);
        let (worst, limit) = (worst_case(&config(&objects, "gateway")), memory_limit(&objects, "gateway"));
        assert!(worst <= limit, "{case}: {} MiB do not fit into {} MiB", worst / MIB, limit / MIB);
    }
}

#[test]
fn the_computation_counts_every_limit() {
    let worst = |settings: &[&str]| {
        let minimal = file("minimal");
        let mut arguments = vec!["--values", minimal.as_str()];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        worst_case(&config(&template(&arguments).unwrap(), "gateway"))
    };
    let default = worst(&[]);
    for limit in ["connections", "frameBytes", "httpConnections", "bodyBytes", "ringBytes", "answerBytes", "turns"] {
        let setting = format!("gateway.limits.{limit}=10000000");
        assert!(worst(&[&setting.replace("httpConnections=10000000", "httpConnections=100000")]) != default, "{limit}");
    }
}

#[test]
fn the_memory_limits_of_the_services_hold_the_worst_case_of_all_limits_together() {
    let enabled = [
        "--set=mongodb.uriSecret.name=mongodb,smtp.host=smtp,smtp.from=shop@example.com",
        "--set=purchases.enabled=true,invoices.enabled=true,notifications.enabled=true",
    ];
    let minimal = file("minimal");
    let default = template(&[&["--values", minimal.as_str()][..], &enabled[..]].concat()).unwrap();
    for objects in [default, render("purchases")] {
        for service in ["purchases", "invoices", "notifications"] {
            let worst = worst_case_of_service(&config(&objects, service), service);
            let limit = memory_limit(&objects, service);
            assert!(worst <= limit, "{service}: {} MiB do not fit into {} MiB", worst / MIB, limit / MIB);
        }
    }
}
