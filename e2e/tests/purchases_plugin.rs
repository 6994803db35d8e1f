//! `kubectl delivery purchase` and `verify --purchases` as a user runs them: cluster, Kafka and mail server are the demo's.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::time::Duration;

use delivery_e2e::log::Log;
use delivery_e2e::unique;
use delivery_messages::Topic;
use serde_json::{Value, json};
use tokio::process::Command;

/// The demo's address of all services; the mail server is behind it, too.
const ENTRANCE: &str = "http://127.0.0.1:30080";

/// The exit code, standard output and standard error.
async fn kubectl(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new("kubectl").arg("delivery").args(arguments).kill_on_drop(true).output().await;
    let output = output.unwrap_or_else(|error| panic!("kubectl is not in the PATH: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

async fn json_of(arguments: &[&str], code: i32) -> Value {
    let answer = kubectl(arguments).await;
    assert_eq!(answer.0, Some(code), "{arguments:?}: {answer:?}");
    serde_json::from_str(&answer.1).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[tokio::test]
async fn purchases_are_bought_and_followed_to_their_invoices_mails_and_notifications() {
    let customer = format!("{}@example.com", unique("plugin"));
    let buy =
        ["purchase", "--count", "3", "--customer", &customer, "--language", "en", "--timeout", "300s", "-o", "json"];
    let bought = json_of(&buy, 0).await;
    assert_eq!((&bought["through"], &bought["failed"]), (&json!(3), &json!(0)), "{bought}");
    let purchases = bought["purchases"].as_array().unwrap();
    let mut numbers: Vec<_> = purchases.iter().map(|one| one["invoice"]["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 3, "each has a number of its own: {bought}");
    for purchase in purchases {
        assert_eq!((&purchase["state"], &purchase["invoice"]["email"]["state"]), (&json!("APPROVED"), &json!("SENT")));
        assert!(purchase["notifications"].as_u64().unwrap() >= 2, "{purchase}");
    }
}

#[tokio::test]
async fn a_purchase_is_delivered_and_a_line_tells_its_whole_way() {
    let customer = format!("{}@example.com", unique("plugin"));
    let buy = ["purchase", "--customer", &customer, "--route", "2", "--entrance", ENTRANCE, "--timeout", "300s"];
    let (code, out, err) = kubectl(&buy).await;
    assert_eq!(code, Some(0), "{out}{err}");
    let whole = out.lines().rev().nth(1).unwrap();
    for step in ["paid → invoice ", " → e-mail sent", " → delivery segundo-", " notifications"] {
        assert!(whole.contains(step), "{step} is not in: {out}");
    }
    assert!(out.ends_with("1 of 1 purchase is through.\n"), "{out}");
}

#[tokio::test]
async fn a_payment_that_is_refused_and_an_order_that_cannot_be_bought_have_different_exit_codes() {
    let customer = format!("{}@refused.example.com", unique("plugin"));
    let refused = json_of(&["purchase", "--customer", &customer, "-o", "json"], 1).await;
    assert_eq!((&refused["purchases"][0]["state"], &refused["failed"]), (&json!("FAILED"), &json!(1)), "{refused}");
    let (code, out, err) = kubectl(&["purchase", "--customer", "nobody"]).await;
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.starts_with("error: ") && err.trim_end().ends_with('.'), "{err}");
}

#[tokio::test]
async fn every_purchase_has_one_event_one_invoice_and_one_mail() {
    let log = Log::default();
    let mail = format!("{ENTRANCE}/mail");
    let verify = ["verify", "--purchases", "--purchases-wait", "150s", "--mail-server", &mail, "-o", "json"];
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str()];
    let mut found = Value::Null;
    // What other tests buy meanwhile may be under way, without an invoice, and is no fault.
    for _ in 0..10 {
        found = json_of(&[&verify[..], &servers[..]].concat(), 0).await;
        assert_eq!(found["verdict"], "complete", "{found}");
        if found["underWay"] == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    assert_eq!((&found["underWay"], &found["approvedCents"]), (&json!(0), &found["invoicedCents"]), "{found}");
    // The brokers' names do not resolve outside the cluster: a Job reads the log.
    let found = json_of(&verify, 0).await;
    assert_eq!(found["verdict"], "complete", "{found}");
    assert!(found["approved"].as_u64().unwrap() >= 1, "{found}");
}

#[tokio::test]
async fn the_topics_of_purchases_are_listed_with_the_lag_of_their_groups() {
    let log = Log::default();
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str(), "-o", "json"];
    let found = json_of(&[&["topics"], &servers[..]].concat(), 0).await;
    for topic in
        ["compra", "invoice.issued", "notifications.send-notification", "notifications.changed", "customer.erased"]
    {
        let listed = found["topics"].as_array().unwrap().iter().any(|one| one["topic"] == topic);
        assert!(listed, "{topic} is not in {found}");
    }
    let groups = found["groups"].as_array().unwrap();
    let invoices = |group: &Value| group["group"] == "code-delivery-invoices" && group["topic"] == "compra";
    assert!(groups.iter().any(invoices), "{groups:?}");
}

#[tokio::test]
async fn records_that_invoices_and_notifications_cannot_use_are_listed_with_the_reason() {
    let log = Log::default();
    let mut expected = Vec::new();
    for (topic, service) in [(Topic::Purchase, "invoices"), (Topic::SendNotification, "notifications")] {
        let (partition, offset) = log.send(topic, Some("poison"), b"no json").await.unwrap();
        log.dead_letter(topic, (partition, offset)).await.unwrap();
        expected.push((format!("{}/{partition}/{offset}", log.config.topic(topic)), service));
    }
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str(), "-o", "json"];
    let found = json_of(&[&["dead-letters", "--since", "10m"], &servers[..]].concat(), 0).await;
    for (record, service) in expected {
        let letter = found["deadLetters"].as_array().unwrap().iter().find(|letter| letter["record"] == record);
        let letter = letter.unwrap_or_else(|| panic!("{record} is not in {found}"));
        let told = [&letter["service"], &letter["reason"], &letter["value"]];
        assert_eq!(told, [&json!(service), &json!("MalformedRecord"), &json!("no json")], "{letter}");
    }
}
