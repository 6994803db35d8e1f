use serde_json::json;

use super::*;

#[test]
fn a_gateway_is_found_by_the_names_of_its_ports() {
    let pod = |ip: &str| -> Pod {
        serde_json::from_value(json!({
            "metadata": {"name": "gateway-x", "uid": "u"},
            "spec": {"containers": [{"name": "gateway", "ports": [
                {"name": "http-ws", "containerPort": 8080}, {"name": "http-metrics", "containerPort": 9090},
            ]}]},
            "status": {"podIP": ip, "containerStatuses": [
                {"name": "gateway", "image": "", "imageID": "", "ready": true, "restartCount": 2},
            ]},
        }))
        .unwrap()
    };
    let found = Gateway::of(&pod("10.85.0.7")).unwrap();
    assert_eq!((found.address.as_str(), found.admin.as_str()), ("10.85.0.7:8080", "10.85.0.7:9090"));
    assert_eq!(found.process, ("u".to_owned(), 2));
    let mut other = pod("10.85.0.7");
    other.spec.as_mut().unwrap().containers[0].ports.as_mut().unwrap().pop();
    assert_eq!(Gateway::of(&other).unwrap_err().to_string(), "gateway-x has no port with the name http-metrics");
}

#[test]
fn only_a_dependency_that_is_away_is_away() {
    let report = "ready\ndependency away: kafka: no broker answers.\n";
    assert!(is_away(report, "kafka"));
    assert!(!is_away(report, "mongodb"));
    assert!(!is_away("ready\n", "kafka"));
}

#[test]
fn a_counter_is_summed_over_some_reasons() {
    let metrics = "\
# TYPE closed counter
closed_total{reason=\"silent\"} 3
closed_total{reason=\"slow\"} 4
closed_total{reason=\"client\"} 50
other_total{reason=\"silent\"} 600
";
    assert_eq!(counted(metrics, "closed_total", &["silent", "slow", "fell-off"]), 7);
    assert_eq!(counted(metrics, "closed_total", &["crowded"]), 0);
}
