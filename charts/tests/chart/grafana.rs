//! The Grafana of the laptop's chart. No Grafana is started: its image comes from the internet.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::dashboards::all;
use crate::pods::assert_restricted;
use crate::render::{documents, helm, laptop, name, of_kind};

const NAMESPACE: &str = "code-delivery-data";

/// The objects of the laptop's chart with these values, or helm's error.
fn servers(values: &str, settings: &str) -> Result<Vec<Value>, String> {
    let values = format!("laptop/ci/{values}-values.yaml");
    let arguments = ["template", "laptop", "laptop", "--namespace", NAMESPACE, "--values", &values, "--set", settings];
    let output = helm(&arguments);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(documents(&String::from_utf8(output.stdout).unwrap()))
}

fn with_grafana() -> Vec<Value> {
    servers("grafana", "grafana.enabled=true").unwrap()
}

fn object<'a>(objects: &'a [Value], kind: &'a str, wanted: &str) -> &'a Value {
    of_kind(objects, kind).find(|found| name(found) == wanted).unwrap()
}

fn provisioned(objects: &[Value], file: &str) -> Value {
    serde_yaml::from_str(object(objects, "ConfigMap", "grafana")["data"][file].as_str().unwrap()).unwrap()
}

fn pod(objects: &[Value]) -> &Value {
    &object(objects, "Deployment", "grafana")["spec"]["template"]
}

#[test]
fn it_is_off_by_default_and_comes_with_one_value() {
    let names = |objects: &[Value]| -> BTreeSet<String> {
        let all = objects.iter().map(|object| format!("{}/{}", object["kind"].as_str().unwrap(), name(object)));
        all.filter(|one| one.contains("grafana")).collect()
    };
    assert_eq!(names(&laptop()), BTreeSet::new());
    let expected = ["ConfigMap/grafana", "ConfigMap/grafana-dashboards", "Deployment/grafana", "NetworkPolicy/grafana"];
    let expected = expected.into_iter().chain(["Service/grafana", "ServiceAccount/grafana"]);
    let expected: BTreeSet<String> = expected.map(str::to_owned).collect();
    assert_eq!(names(&servers("demo", "grafana.enabled=true").unwrap()), expected);
}

#[test]
fn its_dashboards_are_the_products() {
    let objects = with_grafana();
    let data = object(&objects, "ConfigMap", "grafana-dashboards")["data"].as_object().unwrap();
    let dashboards = all();
    assert_eq!(data.len(), dashboards.len());
    for (dashboard, json) in dashboards {
        let text = data[&format!("{dashboard}.json")].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json, "{dashboard}");
    }
    let size: usize = data.values().map(|text| text.as_str().unwrap().len()).sum();
    assert!(size < 1_000_000, "{size} B are more than a ConfigMap may have; give each dashboard one of its own");
    let link = fs::read_link("laptop/files/dashboards").unwrap();
    assert_eq!(link.display().to_string(), "../../code-delivery/files/dashboards", "one source");

    let provider = provisioned(&objects, "dashboards.yaml")["providers"][0].clone();
    let container = &pod(&objects)["spec"]["containers"][0];
    let mounts = container["volumeMounts"].as_array().unwrap();
    let mounted = mounts.iter().find(|mount| mount["name"] == "dashboards").unwrap();
    assert_eq!(provider["options"]["path"], mounted["mountPath"]);
    assert_eq!((&provider["disableDeletion"], &provider["allowUiUpdates"]), (&json!(true), &json!(false)));
    let environment = container["env"].as_array().unwrap();
    let home = environment.iter().find(|it| it["name"] == "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH").unwrap();
    let home = home["value"].as_str().unwrap().strip_prefix(mounted["mountPath"].as_str().unwrap()).unwrap();
    assert!(data.contains_key(home.trim_start_matches('/')), "{home}");
}

#[test]
fn its_data_sources_are_those_that_the_dashboards_ask_for() {
    let objects = with_grafana();
    let sources = provisioned(&objects, "datasources.yaml")["datasources"].as_array().unwrap().clone();
    let types: BTreeSet<String> = sources.iter().map(|source| source["type"].as_str().unwrap().to_owned()).collect();
    let wanted: BTreeSet<String> = all()
        .iter()
        .flat_map(|(_, dashboard)| dashboard["templating"]["list"].as_array().unwrap())
        .filter(|variable| variable["type"] == "datasource")
        .map(|variable| variable["query"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, wanted);
    let of = |kind: &str| sources.iter().find(|source| source["type"] == kind).unwrap();
    assert_eq!(of("prometheus")["url"], "http://10.85.0.1:29090");
    assert_eq!(of("prometheus")["isDefault"], true);
    let elasticsearch = of("elasticsearch");
    let service = object(&objects, "Service", "elasticsearch");
    assert_eq!(
        elasticsearch["url"],
        format!("http://{}.{NAMESPACE}.svc:{}", name(service), service["spec"]["ports"][0]["port"])
    );
    assert_eq!(elasticsearch["jsonData"], json!({"index": "code-delivery-*", "timeField": "at"}));
    assert!(sources.iter().all(|source| source["editable"] == false));
}

#[test]
fn its_pod_is_restricted_has_an_account_of_its_own_and_no_secret() {
    let objects = with_grafana();
    let pod = pod(&objects);
    assert_restricted(pod);
    let spec = &pod["spec"];
    assert_eq!(spec["serviceAccountName"], "grafana");
    assert_eq!(object(&objects, "ServiceAccount", "grafana")["automountServiceAccountToken"], false);
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert!(spec["containers"][0]["resources"]["limits"]["memory"].is_string());
    assert_eq!(of_kind(&objects, "Secret").count(), 0);
    let environment = spec["containers"][0]["env"].as_array().unwrap();
    let value = |wanted: &str| environment.iter().find(|it| it["name"] == wanted).unwrap()["value"].as_str().unwrap();
    assert_eq!(value("GF_AUTH_ANONYMOUS_ORG_ROLE"), "Viewer");
    for on in ["GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_DISABLE_LOGIN_FORM", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"]
    {
        assert_eq!(value(on), "true", "{on}");
    }
    let image = spec["containers"][0]["image"].as_str().unwrap();
    let (_, version) = image.rsplit_once(':').unwrap();
    assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{image} may change");
}

#[test]
fn its_network_policy_opens_its_page_and_the_two_servers_that_it_asks() {
    let ports = |rule: &Value| -> Vec<u64> {
        rule["ports"].as_array().unwrap().iter().map(|port| port["port"].as_u64().unwrap()).collect()
    };
    for (settings, prometheus) in [
        ("grafana.enabled=true", 29_090),
        ("grafana.prometheus=http://prometheus.monitoring.svc", 80),
        ("grafana.prometheus=https://prometheus.example.com/of/team", 443),
    ] {
        let objects = servers("grafana", settings).unwrap();
        let spec = &object(&objects, "NetworkPolicy", "grafana")["spec"];
        assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]));
        assert_eq!(ports(&spec["ingress"][0]), [3_000]);
        let egress: Vec<Vec<u64>> = spec["egress"].as_array().unwrap().iter().map(ports).collect();
        assert_eq!(egress, [vec![53, 53], vec![9_200], vec![prometheus]], "{settings}");
        let labels = pod(&objects)["metadata"]["labels"].as_object().unwrap();
        let selected = spec["podSelector"]["matchLabels"].as_object().unwrap();
        assert!(selected.iter().all(|(key, value)| labels.get(key) == Some(value)), "{selected:?}");
    }
}

#[test]
fn what_it_cannot_work_with_is_refused_with_the_way_out() {
    let refused = |values: &str, settings: &str| servers(values, settings).unwrap_err();
    let empty = refused("grafana", "grafana.prometheus=");
    assert!(empty.contains("grafana.prometheus is not set; set it to"), "{empty}");
    let password = refused("grafana", "grafana.prometheus=http://user:password@prometheus");
    assert!(password.contains("prometheus"), "no password in a ConfigMap: {password}");
    let closed = refused("mesh", "grafana.enabled=true");
    assert!(closed.contains("set mesh.open.elasticsearch={9200}"), "{closed}");
    let open = servers("mesh-three-brokers", "grafana.enabled=true").unwrap();
    assert_eq!(pod(&open)["metadata"]["labels"]["sidecar.istio.io/inject"], "false");
}
