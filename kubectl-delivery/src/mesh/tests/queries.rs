use super::*;

/// What Kiali 2.30 asks for the namespace shop and ten minutes.
#[test]
fn the_queries_are_kialis() {
    let by = "source_cluster,source_workload_namespace,source_workload,source_canonical_service,source_canonical_revision,destination_cluster,destination_service_namespace,destination_service,destination_service_name,destination_workload_namespace,destination_workload,destination_canonical_service,destination_canonical_revision";
    let asked = requests("shop", 600);
    let nowhere = r#"reporter=~"waypoint|source",source_workload_namespace!="shop",destination_workload_namespace="unknown",destination_workload="unknown",destination_service=~"^.+\\.shop\\..+$""#;
    let responses = format!("{by},request_protocol,response_code,grpc_response_status,response_flags");
    assert_eq!(asked[0], format!("sum(rate(istio_requests_total{{{nowhere}}} [600s])) by ({responses}) > 0"));
    let arrived = r#"reporter=~"waypoint|destination",destination_workload_namespace="shop""#;
    assert_eq!(asked[1], format!("sum(rate(istio_requests_total{{{arrived}}} [600s])) by ({responses}) > 0"));
    let left = r#"reporter=~"waypoint|source",source_workload_namespace="shop""#;
    assert_eq!(asked[2], format!("sum(rate(istio_requests_total{{{left}}} [600s])) by ({responses}) > 0"));
    assert_eq!(
        bytes(SENT, "shop", 600)[2],
        format!("sum(rate(istio_tcp_received_bytes_total{{{left}}} [600s])) by (app,{by},response_flags) > 0")
    );
    let arrived = r#"reporter=~"waypoint|destination",destination_service_namespace="shop""#;
    assert_eq!(
        durations(0.95, "shop", 600)[0],
        format!(
            "histogram_quantile(0.95, sum(rate(istio_request_duration_milliseconds_bucket{{{arrived}}}[600s])) by (le,{by},request_protocol)) > 0"
        )
    );
}

#[test]
fn mutual_tls_is_asked_of_the_destinations_and_of_the_proxies_of_nodes() {
    let asked = security("shop", 60);
    assert!(asked[0].starts_with("(sum(rate(istio_requests_total{reporter=~\"waypoint|destination\",source_workload_namespace!=\"shop\",destination_service_namespace=\"shop\"}[60s])) by (source_cluster,"));
    assert_eq!((asked[0].matches(" OR ").count(), asked[1].matches(" OR ").count()), (2, 4));
    assert!(
        asked[1].contains("app=\"ztunnel\",reporter=\"source\",source_workload_namespace=\"shop\""),
        "{}",
        asked[1]
    );
    for query in asked {
        assert!(query.contains("connection_security_policy) > 0)") && query.contains("source_principal"), "{query}");
    }
}
