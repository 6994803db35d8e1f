use super::*;

const CONFIG: &str = "
source: code-delivery/code-delivery
adminAddress: 0.0.0.0:9090
watchNamespaces: [code-delivery]
kafka: {bootstrapServers: 'kafka:9092', topicPrefix: 'north.', propertiesDirectory: /etc/code-delivery-kafka}
simulator: {image: 'x:1', kafkaPropertiesSecret: kafka-client, aFieldOfALaterRelease: 1}
";

fn installed(namespace: &str, watched: &str) -> Installation {
    let text = CONFIG.replace("[code-delivery]", watched);
    let config = serde_yaml::from_str(&text).unwrap();
    Installation { namespace: namespace.into(), config_map: "code-delivery-operator".into(), config }
}

#[test]
fn the_operators_configuration_contains_the_kafka_settings() {
    let config = installed("code-delivery", "[code-delivery]").config;
    assert_eq!(config.kafka.bootstrap_servers, "kafka:9092");
    assert_eq!(config.kafka.topic_prefix, "north.");
    assert_eq!(config.secret(), Some("kafka-client"));
}

#[test]
fn of_several_installations_the_one_that_runs_the_namespaces_deliveries_is_used() {
    let both = || vec![installed("north", "[shop, bakery]"), installed("south", "[florist]")];
    assert_eq!(choose(both(), "florist", "florist").unwrap().namespace, "south");
    assert_eq!(choose(both()[..1].to_vec(), "elsewhere", "elsewhere").unwrap().namespace, "north");
    let message = choose(both(), "elsewhere", "elsewhere").unwrap_err().to_string();
    assert!(message.contains("more than once (in north, south)"), "{message}");
    let message = choose(Vec::new(), "shop", "shop").unwrap_err().to_string();
    assert!(message.contains("neither in the namespace shop"), "{message}");
}

#[test]
fn the_image_is_the_operators_or_the_annotated_one() {
    let mut deployment: Deployment = serde_yaml::from_str(
        "
metadata: {name: code-delivery-operator}
spec:
  selector: {}
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      containers:
        - {name: sidecar, image: 'mesh:1'}
        - {name: operator, image: 'operator:2', imagePullPolicy: IfNotPresent}
",
    )
    .unwrap();
    let found = image(&deployment).unwrap();
    assert_eq!((found.name.as_str(), found.pull_secrets.len()), ("operator:2", 1));
    deployment.annotations_mut().insert(IMAGE_ANNOTATION.into(), "tools:3".into());
    assert_eq!(image(&deployment).unwrap().name, "tools:3");
}
