//! The pod of an attempt and its ConfigMap.

use delivery_messages::PlanPhase;

use super::*;
use crate::deliveries::record::{self, RouteOfPlan};
use crate::testing;

fn settings() -> PodSettings {
    let config: Config = serde_yaml::from_str(
        "
source: shop/code-delivery
watchNamespaces: [shop]
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
