//! The import into Kibana: not rendered unless kibana.url is set.

use crate::render::{CASES, config, name, of_kind, render, template};

const URL: [&str; 4] =
    ["--set", "kibana.url=https://kibana.example:5601/s/shop", "--set", "elasticsearch.indexPrefix=shop-"];

fn with(further: &[&str]) -> Vec<serde_json::Value> {
    let values = crate::render::file("minimal");
    let mut arguments = vec!["--values", values.as_str()];
    arguments.extend(URL);
    arguments.extend(further);
    template(&arguments).unwrap()
}

#[test]
fn there_is_no_job_unless_kibana_url_is_set() {
    for case in CASES {
        assert_eq!(of_kind(&render(case), "Job").count(), 0, "{case}");
    }
}

#[test]
fn the_job_imports_the_objects_for_the_index_prefix_and_has_no_permissions() {
    let objects = with(&["--set", "kibana.secret.name=kibana"]);
    let job = of_kind(&objects, "Job").next().unwrap();
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(pod["containers"][0]["env"][0]["value"], "https://kibana.example:5601/s/shop");
    assert_eq!(pod["volumes"][1]["secret"]["secretName"], "kibana");
    let map = of_kind(&objects, "ConfigMap").find(|map| name(map).ends_with("-kibana")).unwrap();
    let lines = map["data"]["code-delivery.ndjson"].as_str().unwrap();
    for view in ["positions", "requests", "plans", "states"] {
        assert!(lines.contains(&format!(r#""title":"shop-{view}""#)), "{view}");
    }
    assert!(!lines.contains(r#""title":"code-delivery-"#));
    let policy = of_kind(&objects, "NetworkPolicy").find(|policy| name(policy).ends_with("-kibana")).unwrap();
    assert_eq!(policy["spec"]["egress"][1]["ports"][0]["port"], 5601);
    // The gateway reads Elasticsearch, never Kibana.
    assert_eq!(config(&objects, "gateway").get("kibana"), None);
}

#[test]
fn a_changed_import_is_a_new_job_and_an_unchanged_one_is_the_same() {
    let job = |objects: &[serde_json::Value]| name(of_kind(objects, "Job").next().unwrap()).to_owned();
    let first = job(&with(&[]));
    assert_eq!(first, job(&with(&["--set", "gateway.replicas=3"])));
    assert_ne!(first, job(&with(&["--set", "kibana.secret.name=kibana"])));
}
