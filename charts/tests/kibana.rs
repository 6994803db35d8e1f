//! Kibana's saved objects and the Job that imports them, against a stub of Kibana's import API, because no Kibana is available here.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};

use serde_json::Value;

const COMMITTED: &str = "code-delivery/files/kibana/code-delivery.ndjson";
const SCRIPT: &str = "code-delivery/files/kibana/import.sh";

fn objects() -> Vec<Value> {
    fs::read_to_string(COMMITTED).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

/// JSON that is encoded as a string inside JSON, as in most of Kibana's formats.
fn within(value: &Value, key: &str) -> Value {
    serde_json::from_str(text(value, key)).unwrap()
}

#[test]
fn the_committed_objects_are_the_generated_ones() {
    let generated = Command::new(env!("CARGO_BIN_EXE_kibana-objects")).arg("kibana/objects.yaml").output().unwrap();
    assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
    assert!(
        generated.stdout == fs::read(COMMITTED).unwrap(),
        "charts/{COMMITTED} is not what charts/kibana/objects.yaml says; in charts/ run `cargo run --bin kibana-objects kibana/objects.yaml >{COMMITTED}`"
    );
}

#[test]
fn every_object_has_a_unique_id_and_refers_to_existing_objects() {
    let objects = objects();
    let ids: BTreeSet<_> = objects.iter().map(|object| (text(object, "type"), text(object, "id"))).collect();
    assert_eq!(ids.len(), objects.len());
    for object in &objects {
        for reference in object["references"].as_array().unwrap() {
            assert!(ids.contains(&(text(reference, "type"), text(reference, "id"))), "{reference}");
        }
    }
}

#[test]
fn every_named_reference_is_listed_among_the_references() {
    for object in objects() {
        let names: BTreeSet<_> = object["references"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reference| text(reference, "name").to_owned())
            .collect();
        let attributes = &object["attributes"];
        let used: Vec<String> = match text(&object, "type") {
            "dashboard" => within(attributes, "panelsJSON")
                .as_array()
                .unwrap()
                .iter()
                .map(|panel| format!("{}:{}", text(panel, "panelIndex"), text(panel, "panelRefName")))
                .collect(),
            "map" => within(attributes, "layerListJSON")
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|layer| layer["sourceDescriptor"]["indexPatternRefName"].as_str().map(str::to_owned))
                .collect(),
            "visualization" => within(&attributes["kibanaSavedObjectMeta"], "searchSourceJSON")["indexRefName"]
                .as_str()
                .map(str::to_owned)
                .into_iter()
                .collect(),
            _ => Vec::new(),
        };
        assert_eq!(used.into_iter().collect::<BTreeSet<_>>(), names, "{}", text(&object, "id"));
    }
}

#[test]
fn the_five_panels_of_the_vehicle_tracker_exist_and_count_deliveries_by_their_plans() {
    let objects = objects();
    let panel = |id: &str| objects.iter().find(|object| object["id"] == format!("code-delivery-{id}")).unwrap();
    for (id, kind, view) in [
        ("count", "metric", "plans"),
        ("viewers", "metric", "requests"),
        ("route-table", "table", "plans"),
        ("route-pie", "pie", "plans"),
    ] {
        let object = panel(id);
        assert_eq!(within(&object["attributes"], "visState")["type"], kind, "{id}");
        assert_eq!(object["references"][0]["id"], format!("code-delivery-{view}"), "{id}");
    }
    let layers = within(&panel("map")["attributes"], "layerListJSON");
    let routes = layers.as_array().unwrap().iter().filter(|layer| layer["type"] == "VECTOR");
    let queries: Vec<_> = routes.map(|layer| text(&layer["query"], "query").to_owned()).collect();
    for route in ["1", "2", "3"] {
        assert!(queries.contains(&format!("routeId : \"{route}\"")), "{queries:?}");
    }
}

#[test]
fn every_field_is_in_the_mapping_or_computed_by_a_script() {
    let objects = objects();
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for view in objects.iter().filter(|object| object["type"] == "index-pattern") {
        let id = text(view, "id");
        let kind = id.strip_prefix("code-delivery-").unwrap();
        let mapping = fs::read_to_string(format!("../connect/src/main/resources/mappings/{kind}.json")).unwrap();
        let mapping: Value = serde_json::from_str(&mapping).unwrap();
        let mut known: BTreeSet<_> = mapping["properties"].as_object().unwrap().keys().cloned().collect();
        assert!(known.contains(text(&view["attributes"], "timeFieldName")), "{id}");
        known.extend(within(&view["attributes"], "runtimeFieldMap").as_object().unwrap().keys().cloned());
        fields.insert(id.to_owned(), known);
    }
    for object in objects.iter().filter(|object| object["type"] == "visualization") {
        let Some(view) = object["references"][0]["id"].as_str() else { continue };
        for aggregation in within(&object["attributes"], "visState")["aggs"].as_array().unwrap() {
            if let Some(field) = aggregation["params"]["field"].as_str() {
                assert!(fields[view].contains(field), "{field} of {view}");
            }
        }
    }
}

/// A folder that is deleted at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kibana-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Answers successive requests with these responses, and returns the requests at the end.
fn stub(answers: Vec<(&'static str, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/s/shop/", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        answers
            .into_iter()
            .map(|(status, body)| {
                let (mut stream, _) = listener.accept().unwrap();
                let asked = read_request(&mut stream);
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
                asked
            })
            .collect()
    });
    (url, served)
}

fn read_request(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let asked = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = asked.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if length.is_none_or(|length| body.len() >= length.trim().parse::<usize>().unwrap()) {
                return asked;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "half a request: {asked}");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

fn import(url: &str, objects: &Folder, login: &Path) -> Output {
    Command::new("sh")
        .arg(SCRIPT)
        .env("KIBANA_URL", url)
        .env("OBJECTS", &objects.0)
        .env("LOGIN", login)
        .env("RETRIES", "3")
        .env("RETRY_SECONDS", "0")
        .output()
        .unwrap()
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_import_waits_for_kibana_authenticates_and_sends_every_byte() {
    let committed = fs::read(COMMITTED).unwrap();
    let objects = Folder::new("objects").with("code-delivery.ndjson", &committed);
    let login = Folder::new("login").with("username", b"elastic").with("password", br#"a"b\c:d"#);
    let taken = r#"{"successCount":16,"success":true,"warnings":[]}"#;
    let (url, served) = stub(vec![("503 Service Unavailable", "Kibana server is not ready yet"), ("200 OK", taken)]);
    let output = import(&url, &objects, &login.0);
    assert!(output.status.success(), "{}", log(&output));
    let asked = served.join().unwrap();
    let last = asked.last().unwrap();
    assert!(last.starts_with("POST /s/shop/api/saved_objects/_import?overwrite=true HTTP/1.1\r\n"), "{last}");
    assert!(last.contains("kbn-xsrf: code-delivery"), "{last}");
    // elastic:a"b\c:d
    assert!(last.contains("Authorization: Basic ZWxhc3RpYzphImJcYzpk"), "{last}");
    assert!(last.contains(r#"filename="code-delivery.ndjson""#), "{last}");
    assert!(last.contains(&String::from_utf8(committed).unwrap()));
}

#[test]
fn the_import_accepts_an_api_key_and_fails_if_kibana_rejects_an_object() {
    let objects = Folder::new("few").with("few.ndjson", b"{}\n");
    let login = Folder::new("key").with("apiKey", b"c2VjcmV0");
    let refused = r#"{"success":false,"errors":[{"id":"a","error":{"type":"missing_references"}}]}"#;
    let (url, served) = stub(vec![("200 OK", refused)]);
    let output = import(&url, &objects, &login.0);
    assert!(!output.status.success());
    assert!(log(&output).contains("missing_references"), "{}", log(&output));
    assert!(served.join().unwrap()[0].contains("Authorization: ApiKey c2VjcmV0"));
}

#[test]
fn a_rejected_import_says_what_to_check() {
    let objects = Folder::new("refused").with("few.ndjson", b"{}\n");
    let (url, served) = stub(vec![("401 Unauthorized", r#"{"message":"security_exception"}"#)]);
    let output = import(&url, &objects, Path::new("/nowhere"));
    assert!(!output.status.success());
    assert!(log(&output).contains("security_exception") && log(&output).contains("kibana.secret"), "{}", log(&output));
    assert!(!served.join().unwrap()[0].contains("Authorization"));
}
