//! Elasticsearch: four connectors that write and a gateway that reads, both off by default.

use std::fs;

use serde_json::{Value, json};

use crate::render::{CASES, config, file, name, of_kind, render, template};

/// The connector for one kind of documents.
fn connector<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    of_kind(objects, "KafkaConnector").find(|object| name(object).ends_with(kind)).unwrap()
}

fn options(connector: &Value) -> Vec<&str> {
    connector["spec"]["config"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// Whether Kafka Connect itself reads an option, whatever the class.
fn is_connects(option: &str) -> bool {
    let connects =
        ["topics", "key.converter", "value.converter", "transforms", "errors.", "consumer.override.", "predicates"];
    connects.iter().any(|prefix| option.starts_with(prefix))
}

#[test]
fn nothing_is_rendered_by_default() {
    for case in CASES {
        let objects = render(case);
        assert_eq!(of_kind(&objects, "KafkaConnector").count(), 0, "{case}");
        assert_eq!(config(&objects, "gateway").get("elasticsearch"), None, "{case}");
    }
}

#[test]
fn there_is_one_connector_per_kind_of_documents() {
    let objects = render("history");
    let names: Vec<&str> = of_kind(&objects, "KafkaConnector").map(name).collect();
    assert_eq!(
        names,
        ["code-delivery-positions", "code-delivery-requests", "code-delivery-plans", "code-delivery-states"]
    );
    for connector in of_kind(&objects, "KafkaConnector") {
        assert_eq!(connector["apiVersion"], "kafka.strimzi.io/v1");
        assert_eq!(connector["metadata"]["namespace"], "shop");
        assert_eq!(connector["metadata"]["labels"]["strimzi.io/cluster"], "connect");
        let config = connector["spec"]["config"].as_object().unwrap();
        assert!(config.values().all(Value::is_string), "Kafka Connect's options are texts: {config:?}");
        // The API server accepts these options, but Strimzi rejects them.
        for forbidden in ["name", "connector.class", "tasks.max", "connector.plugin.version"] {
            assert!(!config.contains_key(forbidden), "{forbidden}");
        }
        assert_eq!(config["errors.deadletterqueue.topic.name"], "dead-letters.connect");
        assert_eq!(config["errors.deadletterqueue.topic.replication.factor"], "1");
        assert_eq!(config["erased.topic"], "delivery.erased");
        assert_eq!(config["connection.url"], "http://elasticsearch.code-delivery-data.svc:9200");
    }
    let of = |kind: &str, option: &str| connector(&objects, kind)["spec"]["config"][option].clone();
    assert_eq!(of("positions", "topics"), "route.new-position");
    assert_eq!(of("positions", "document.id.fields"), "deliveryId,seq");
    assert_eq!(of("positions", "document.key.field"), "deliveryId");
    assert_eq!(of("positions", "index.time.field"), "at");
    assert_eq!(of("positions", "delay.field"), "delayMilliseconds");
    assert_eq!(of("positions", "repeat.field"), "repeated");
    assert_eq!(of("positions", "retention.days"), "30");
    assert_eq!(of("requests", "topics"), "route.new-direction");
    assert_eq!(of("requests", "transforms.received.timestamp.field"), "at");
    for (kind, topic) in [("plans", "delivery.plan"), ("states", "delivery.state")] {
        assert_eq!(of(kind, "topics"), topic);
        assert_eq!((of(kind, "key.ignore"), of(kind, "external.version.field")), (json!("false"), json!("version")));
        assert_eq!(of(kind, "index.period"), "none");
    }
}

#[test]
fn no_connector_creates_the_topics_that_it_reads() {
    for case in ["history", "strimzi", "aiven"] {
        let objects = render(case);
        assert_eq!(of_kind(&objects, "KafkaConnector").count(), 4, "{case}");
        for connector in of_kind(&objects, "KafkaConnector") {
            let config = &connector["spec"]["config"];
            assert_eq!(config["consumer.override.allow.auto.create.topics"], "false", "{case}: {}", name(connector));
        }
    }
}

#[test]
fn our_sink_gets_only_options_that_it_knows_and_mappings_that_it_has() {
    let sink = "../connect/src/main";
    let known = fs::read_to_string(format!("{sink}/java/dev/codedelivery/connect/Options.java")).unwrap();
    let objects = render("history");
    for connector in of_kind(&objects, "KafkaConnector") {
        assert_eq!(connector["spec"]["class"], "dev.codedelivery.connect.ElasticsearchSinkConnector");
        for option in options(connector) {
            let is_ours = known.contains(&format!("\"{option}\"")) || option.starts_with("erased.consumer.");
            assert!(is_ours || is_connects(option), "{}: {option}", name(connector));
        }
        let mapping = connector["spec"]["config"]["index.mapping"].as_str().unwrap();
        assert_eq!(connector["spec"]["config"]["index"], format!("code-delivery-{mapping}"));
        assert!(fs::exists(format!("{sink}/resources/mappings/{mapping}.json")).unwrap(), "{mapping}");
    }
}

#[test]
fn other_classes_get_only_their_own_options() {
    for (case, class, own, prefix) in [
        ("strimzi", "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "flush.synchronously", "north-"),
        ("aiven", "io.aiven.connect.elasticsearch.ElasticsearchSinkConnector", "type.name", "code-delivery-"),
    ] {
        let objects = render(case);
        for connector in of_kind(&objects, "KafkaConnector") {
            assert_eq!(connector["spec"]["class"], class);
            let options = options(connector);
            assert!(options.contains(&own), "{case}: {options:?}");
            let foreign = options.iter().find(|option| {
                ["index", "erased.", "document.", "retention.", "external."].iter().any(|ours| option.starts_with(ours))
            });
            assert_eq!(foreign, None, "{case}: {}", name(connector));
            let config = &connector["spec"]["config"];
            // The index name must match the templates' patterns.
            let index = config["transforms.index.topic.format"].as_str();
            let index = index.or_else(|| config["transforms.index.replacement"].as_str()).unwrap();
            let kind = name(connector).rsplit('-').next().unwrap();
            assert!(index.starts_with(&format!("{prefix}{kind}-")), "{index}");
        }
    }
}

#[test]
fn the_connectors_are_where_strimzi_looks_for_them_and_use_the_topic_prefix() {
    let objects = render("strimzi");
    let positions = connector(&objects, "positions");
    assert_eq!(positions["metadata"]["namespace"], "kafka");
    assert_eq!(positions["metadata"]["labels"]["strimzi.io/cluster"], "fleet");
    assert_eq!(positions["spec"]["tasksMax"], 3);
    assert_eq!(connector(&objects, "plans")["spec"]["tasksMax"], 1);
    let config = &positions["spec"]["config"];
    assert_eq!(config["topics"], "north.route.new-position");
    assert_eq!(config["errors.deadletterqueue.topic.name"], "north.dead-letters.connect");
    assert_eq!(config["connection.url"], "https://search-0.example.com:9243,https://search-1.example.com:9243");
    assert_eq!(config["connection.password"], "${secrets:kafka/elasticsearch-feeder:password}");
}

#[test]
fn the_gateway_is_configured_with_elasticsearch_and_may_reach_it() {
    let objects = render("strimzi");
    let told = config(&objects, "gateway")["elasticsearch"].clone();
    let directory = "/etc/code-delivery-elasticsearch";
    let expected = json!({"url": "https://search.example.com", "indexPrefix": "north-", "secretDirectory": directory});
    assert_eq!(told, expected);
    let deployment = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("gateway")).unwrap();
    let spec = &deployment["spec"]["template"]["spec"];
    let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
    assert!(mounts.iter().any(|mount| mount["name"] == "elasticsearch" && mount["mountPath"] == directory));
    let volume = spec["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == "elasticsearch").unwrap();
    assert_eq!(volume["secret"], json!({"secretName": "elasticsearch-reader", "defaultMode": 0o440}));

    let ports = |case: &str| -> Vec<u64> {
        let objects = render(case);
        let policy = of_kind(&objects, "NetworkPolicy").find(|it| name(it).ends_with("gateway")).unwrap();
        let rules = policy["spec"]["egress"].as_array().unwrap().iter();
        rules.flat_map(|rule| rule["ports"].as_array().unwrap()).map(|port| port["port"].as_u64().unwrap()).collect()
    };
    assert_eq!(ports("strimzi"), [53, 53, 9094, 443, 9243], "names, Kafka, Elasticsearch as listed");
    assert_eq!(ports("history"), [53, 53, 9092, 27017, 9200], "names, Kafka, MongoDB, Elasticsearch as in its URL");
    let told = config(&render("history"), "gateway")["elasticsearch"].clone();
    let url = "http://elasticsearch.code-delivery-data.svc:9200";
    assert_eq!(told, json!({"url": url, "indexPrefix": "code-delivery-"}), "nobody has to log in");
}

#[test]
fn a_password_can_be_referenced_but_not_written() {
    let minimal = file("minimal");
    let with = |option: &str| {
        template(&["--values", &minimal, "--set-string", &format!("connectors.options.connection\\.{option}")])
    };
    for literal in ["password=hunter2", "api\\.key=aWQ6a2V5"] {
        assert!(with(literal).unwrap_err().contains("schema"), "{literal}");
    }
    for reference in ["password=${secrets:kafka/elasticsearch:password}", "api\\.key=${directory:/mnt/es:key}"] {
        with(reference).unwrap();
    }
}

#[test]
fn values_that_cannot_work_are_rejected_with_a_message() {
    let refused = |case: &str, settings: &str| template(&["--values", &file(case), "--set", settings]).unwrap_err();
    for (case, settings, sentence) in [
        ("minimal", "connectors.enabled=true", "Neither connectors.url nor elasticsearch.url is set."),
        (
            "history",
            "connectors.namespace=kafka",
            "connectors.namespace is kafka, which the connector operator does not watch",
        ),
        (
            "history",
            "connectors.cluster=other",
            "connectors.cluster is other, which is not one of connectorOperator.clusters (connect).",
        ),
    ] {
        let message = refused(case, settings);
        assert!(message.contains(sentence), "{settings}: {message}");
    }
    for wrong in [
        "connectors.profile=elastic",
        "connectors.tasksMax=0",
        "connectors.retentionDays=-1",
        "connectors.class=a.b.C",
        "connectors.url=elasticsearch:9200",
        "elasticsearch.url=elasticsearch:9200",
        "elasticsearch.url=http://feeder:hunter2@elasticsearch:9200",
        "elasticsearch.password=hunter2",
    ] {
        assert!(refused("minimal", wrong).contains("schema"), "{wrong}");
    }
}
