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
    Installation {
        namespace: namespace.into(),
        config_map: "code-delivery-operator".into(),
        kafka_secret: None,
        traces: None,
        prometheus: None,
        config,
    }
}

#[test]
fn the_operators_configuration_contains_the_kafka_settings() {
    let config = installed("code-delivery", "[code-delivery]").config;
    assert_eq!(config.kafka.bootstrap_servers, "kafka:9092");
    assert_eq!(config.kafka.topic_prefix, "north.");
}

#[test]
fn the_release_is_named_by_the_source_of_the_plans() {
    let mut found = installed("code-delivery", "[code-delivery]");
    assert_eq!(found.release(), Some("code-delivery"));
    found.config.source = String::new();
    assert_eq!(found.release(), None);
}

#[test]
fn this_program_uses_its_own_secret_or_else_the_simulators() {
    let mut object = ConfigMap::default();
    object.metadata.name = Some("code-delivery-operator".into());
    let secret = |object: &ConfigMap| {
        let found = installation((object, &CONFIG.to_owned())).unwrap();
        found.secret().map(str::to_owned)
    };
    assert_eq!(secret(&object).as_deref(), Some("kafka-client"), "of an earlier release");
    object.annotations_mut().insert(KAFKA_SECRET_ANNOTATION.into(), "kafka-reader".into());
    assert_eq!(secret(&object).as_deref(), Some("kafka-reader"));
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
fn an_installation_in_another_namespace_is_taken_only_if_an_administrator_confirms_it() {
    let both = || vec![installed("north", "[shop]"), installed("stranger", "[shop]")];
    let releases = HashSet::from(["north".to_owned(), "other".to_owned()]);
    let taken = confirmed(both(), &releases, "shop").unwrap();
    assert_eq!(taken.iter().map(|one| &one.namespace).collect::<Vec<_>>(), ["north"]);
    let error = confirmed(both(), &HashSet::new(), "shop").unwrap_err();
    assert_eq!(error.reason(), "UnconfirmedInstallation");
    assert_eq!(
        error.to_string(),
        "Code Delivery's operator is not in the namespace shop. There seems to be one in north and in stranger, but nothing in \
         the namespace shop or in the CRD that you may read confirms it, and anyone who may write there could lead you to a Kafka \
         of their own. If you trust it, name it with --installation-namespace, or choose it as the current namespace with -n."
    );
    assert!(confirmed(Vec::new(), &HashSet::new(), "shop").unwrap().is_empty());
}

#[test]
fn the_release_is_named_by_helms_annotation() {
    let annotated = |name: &str| ObjectMeta {
        annotations: Some([(name.to_owned(), "north".to_owned())].into()),
        ..ObjectMeta::default()
    };
    assert_eq!(release(&annotated("meta.helm.sh/release-namespace")), Some("north"));
    assert_eq!(release(&annotated("meta.helm.sh/release-name")), None);
    assert_eq!(release(&ObjectMeta::default()), None);
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
