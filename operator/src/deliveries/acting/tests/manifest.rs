//! The pod of an attempt and its ConfigMap.

use delivery_messages::PlanPhase;

use super::*;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::testing;

fn settings() -> PodSettings {
    let config: Config = serde_yaml::from_str(
        "
source: shop/code-delivery
watchNamespaces: [shop]
adminAddress: '[::]:9191'
lease: { namespace: shop, name: code-delivery-operator }
kafka: { bootstrapServers: 'kafka:9092', propertiesDirectory: /where/the/operator/has/it }
requests: { namespace: shop }
simulator: { image: 'registry.example.com/simulator:1', serviceAccountName: simulator }
",
    )
    .unwrap();
    PodSettings::of(&config)
}

#[test]
fn a_config_map_holds_the_largest_route_with_the_longest_coordinates() {
    let delivery = testing::subject("");
    // -179.1234567 has as many digits as a coordinate can have.
    let path = (0..10_000).map(|n| [-179.123_456_7, -85.123_456_7 + f64::from(n % 2)]).collect();
    let route = Route { path, ..testing::route_record() };
    let mut facts = Facts::default();
    facts.start_next();
    let key = route.key();
    let plan = record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: &key }, &facts, "shop/x");
    let map = config_map(&delivery, &facts, &plan, &route, &settings()).unwrap();
    let size: usize = map.data.unwrap().values().map(String::len).sum();
    assert!(size < 1 << 20, "{size} bytes; Kubernetes takes one MiB");
}

#[test]
fn a_pod_without_a_kafka_secret_has_no_such_volume_and_the_operators_own_path_is_not_passed_on() {
    let delivery = testing::subject("");
    let mut facts = Facts::default();
    facts.start_next();
    let pod = pod(&delivery, &facts, &settings());
    let spec = pod.spec.unwrap();
    assert_eq!(spec.volumes.unwrap().len(), 1);
    assert_eq!(spec.containers[0].volume_mounts.as_ref().unwrap().len(), 1);
    let plan = record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: "k" }, &facts, "shop/x");
    let map = config_map(&delivery, &facts, &plan, &testing::route_record(), &settings()).unwrap();
    let text = &map.data.unwrap()["config.yaml"];
    assert!(text.contains("kafka:9092") && !text.contains("propertiesDirectory"), "{text}");
}

#[test]
fn a_pod_has_the_variables_that_the_configuration_names() {
    let delivery = testing::subject("");
    let mut facts = Facts::default();
    facts.start_next();
    let mut settings = settings();
    settings.simulator.env.insert("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://jaeger:4318".to_owned());
    let container = pod(&delivery, &facts, &settings).spec.unwrap().containers.remove(0);
    let found: Vec<_> =
        container.env.unwrap().into_iter().map(|variable| (variable.name, variable.value.unwrap())).collect();
    let expected = [
        ("RUST_LOG", "info"),
        ("MALLOC_ARENA_MAX", "1"),
        ("MALLOC_MMAP_THRESHOLD_", "65536"),
        ("MALLOC_TRIM_THRESHOLD_", "65536"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://jaeger:4318"),
    ];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_variable_that_the_configuration_names_is_there_only_once() {
    let delivery = testing::subject("");
    let mut facts = Facts::default();
    facts.start_next();
    let mut settings = settings();
    settings.simulator.env.insert("MALLOC_ARENA_MAX".to_owned(), "4".to_owned());
    let container = pod(&delivery, &facts, &settings).spec.unwrap().containers.remove(0);
    let values: Vec<_> = (container.env.unwrap().into_iter())
        .filter(|variable| variable.name == "MALLOC_ARENA_MAX")
        .map(|variable| variable.value.unwrap())
        .collect();
    assert_eq!(values, ["4"]);
}

#[test]
fn names_and_owner_identify_the_delivery_of_a_pod() {
    let delivery = testing::subject("");
    let mut facts = Facts { attempt: 1, ..Facts::default() };
    facts.start_next();
    let pod = pod(&delivery, &facts, &settings());
    assert_eq!(pod.metadata.name.as_deref(), Some(testing::pod_name(2).as_str()));
    let owner = &pod.metadata.owner_references.unwrap()[0];
    assert_eq!((owner.kind.as_str(), owner.uid.as_str()), ("Delivery", delivery.key.uid.as_str()));
    let labels = pod.metadata.labels.unwrap();
    assert_eq!(labels["codedelivery.dev/delivery"], "primeiro");
    assert_eq!(labels["codedelivery.dev/delivery-uid"], delivery.key.uid);
    assert_eq!(pod.metadata.annotations.unwrap()["codedelivery.dev/attempt"], "2");
}

#[test]
fn a_pod_is_restarted_when_its_process_hangs_and_listens_on_the_operators_ip_family() {
    let delivery = testing::subject("");
    let mut facts = Facts::default();
    facts.start_next();
    let container = pod(&delivery, &facts, &settings()).spec.unwrap().containers.remove(0);
    let probe = container.liveness_probe.unwrap();
    let get = probe.http_get.unwrap();
    assert_eq!((get.path.as_deref(), get.port), (Some("/livez"), IntOrString::String("http-metrics".to_owned())));
    let port = container.ports.unwrap().remove(0);
    assert_eq!((port.name.as_deref(), port.container_port), (Some("http-metrics"), 9090));
    let plan = record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: "k" }, &facts, "shop/x");
    let map = config_map(&delivery, &facts, &plan, &testing::route_record(), &settings()).unwrap();
    let text = &map.data.unwrap()["config.yaml"];
    assert!(text.contains("adminAddress: '[::]:9090'"), "{text}");
}

#[test]
fn pods_run_where_and_as_whom_the_configuration_says() {
    let delivery = testing::subject("");
    let mut facts = Facts::default();
    facts.start_next();
    let plain = pod(&delivery, &facts, &settings()).spec.unwrap();
    assert_eq!((plain.node_selector, plain.affinity, plain.priority_class_name), (None, None, None));
    assert_eq!(plain.topology_spread_constraints, None);
    let user = plain.security_context.unwrap();
    assert_eq!((user.run_as_user, user.fs_group, user.run_as_non_root), (None, None, Some(true)));
    let mut settings = settings();
    settings.simulator = serde_yaml::from_str(
        "
image: registry.example.com/simulator:1
serviceAccountName: simulator
nodeSelector: { disk: ssd }
tolerations:
- { key: dedicated, operator: Equal, value: vehicles, effect: NoSchedule }
- { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300 }
affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } }
topologySpreadConstraints:
- { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { a: b } } }
priorityClassName: low
runAsUser: 65532
",
    )
    .unwrap();
    let spec = pod(&delivery, &facts, &settings).spec.unwrap();
    assert_eq!(spec.node_selector.unwrap()["disk"], "ssd");
    let tolerations = spec.tolerations.unwrap();
    let seconds: Vec<_> = tolerations.iter().map(|one| (one.key.as_deref().unwrap(), one.toleration_seconds)).collect();
    let not_ready = ("node.kubernetes.io/not-ready", Some(30));
    assert_eq!(seconds, [("dedicated", None), ("node.kubernetes.io/unreachable", Some(300)), not_ready]);
    assert!(spec.affinity.unwrap().node_affinity.is_some());
    let spread = spec.topology_spread_constraints.unwrap();
    assert_eq!((spread.len(), spread[0].topology_key.as_str()), (1, "zone"));
    assert!(spread[0].label_selector.is_some());
    assert_eq!(spec.priority_class_name.as_deref(), Some("low"));
    let user = spec.security_context.unwrap();
    assert_eq!((user.run_as_user, user.run_as_group, user.fs_group), (Some(65_532), Some(65_532), Some(65_532)));
}
