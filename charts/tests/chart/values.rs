//! The values that the chart accepts, and its messages for those that it rejects.

use std::{env, fs, process};

use serde_json::{Value, json};

use crate::render::{chart, config, file, helm, of_kind, render, template};

/// helm's error for the required values plus these.
fn refusal(settings: &[&str]) -> String {
    let minimal = file("minimal");
    let mut arguments = vec!["--values", &minimal];
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    template(&arguments).expect_err(&format!("{settings:?} should be refused"))
}

#[test]
fn all_missing_required_values_are_reported_at_once_with_the_fix() {
    let output = template(&[]).unwrap_err();
    assert!(output.contains("image.registry is not set."), "{output}");
    assert!(output.contains("kafka.bootstrapServers is not set."), "{output}");
    assert!(output.contains("--set kafka.bootstrapServers="), "{output}");
}

#[test]
fn a_mistyped_value_is_rejected_by_name() {
    for (typo, field) in [
        ("gateway.replcas=3", "'/gateway': additional properties 'replcas'"),
        ("kafka.bootstrapServer=a:1", "'/kafka': additional properties 'bootstrapServer'"),
        (
            "topics.overrides.route\\.positions.partitions=3",
            "'/topics/overrides': additional properties 'route.positions'",
        ),
        ("ingres.enabled=true", "additional properties 'ingres'"),
    ] {
        let output = refusal(&[typo]);
        assert!(output.contains(field), "{typo}: {output}");
    }
}

#[test]
fn a_malformed_value_is_rejected() {
    for wrong in [
        "gateway.replicas=-1",
        "gateway.image.tag=latest",
        "gateway.service.type=Nodeport",
        "gateway.allowedOrigins={map.example.com}",
        "gateway.allowedOrigins={htps://map.example.com}",
        "gateway.trustedProxies={proxy}",
        "gateway.limits.perAddress.starts=-1",
        "gateway.limits.httpConnections=1",
        "gateway.mapStyle=tiles.example.com/style.json",
        "operator.image.digest=sha256:1234",
        "topics.partitions=0",
        "topics.retentionHours=-2",
        "retention.endedDeliveriesHours=0",
        "operator.replicas=-1",
        "watchNamespaces={North}",
        "podMonitor.interval=often",
    ] {
        assert!(refusal(&[wrong]).contains("schema"), "{wrong}");
    }
}

#[test]
fn listeners_take_ipv6_and_ipv4_unless_told_otherwise_and_brokers_may_have_ipv6_addresses() {
    for (case, address) in [("minimal", "[::]"), ("everything", "0.0.0.0")] {
        let objects = render(case);
        for component in ["operator", "gateway"] {
            let config = config(&objects, component);
            assert_eq!(config["adminAddress"], format!("{address}:9090"), "{case}: {component}");
        }
        assert_eq!(config(&objects, "gateway")["http"]["address"], format!("{address}:8080"), "{case}");
    }
    let servers = config(&render("everything"), "operator")["kafka"]["bootstrapServers"].clone();
    assert_eq!(servers, "kafka.kafka.svc:9093, [fd00::1]:9093");
    assert!(refusal(&["listenAddress=::"]).contains("'[::]'"));
}

#[test]
fn a_brokers_address_of_another_form_is_refused_with_what_to_write() {
    for (wrong, expected) in [
        ("fd00::1:9092", "names fd00::1:9092, but an IPv6 address is in brackets. Write it as [fd00::1]:9092."),
        ("::1:9092", "Write it as [::1]:9092."),
        ("fd00::1", "names fd00::1, which is not host:port."),
        ("[fd00::1]", "names [fd00::1], which is not host:port."),
        ("kafka", "names kafka, which is not host:port. Write it as in kafka.kafka.svc:9092"),
        ("kafka:9092\\,", "names nothing after a comma, which is not host:port."),
    ] {
        let output = refusal(&[&format!("kafka.bootstrapServers={wrong}")]);
        assert!(output.contains(expected), "{wrong}: {output}");
    }
}

#[test]
fn services_have_the_clusters_address_family_unless_told_otherwise() {
    let purchases = file("purchases");
    for (set, policy) in [("", Value::Null), ("PreferDualStack", json!("PreferDualStack"))] {
        let set = format!("ipFamilyPolicy={set}");
        let objects = template(&["--values", &purchases, "--set", &set]).unwrap();
        let services: Vec<_> = of_kind(&objects, "Service").collect();
        assert!(services.len() > 3, "the gateway and the three services of purchases have one");
        assert!(services.iter().all(|service| service["spec"]["ipFamilyPolicy"] == policy), "{set}");
    }
    assert!(refusal(&["ipFamilyPolicy=DualStack"]).contains("schema"));
}

/// The values in docs/install.md that choose a base map.
fn map_styles() -> Vec<String> {
    let docs = fs::read_to_string("../docs/install.md").unwrap();
    let blocks = docs.split("```yaml\n").skip(1).filter_map(|block| block.split_once("```").map(|(values, _)| values));
    blocks.filter(|values| values.contains("mapStyle:")).map(str::to_owned).collect()
}

#[test]
fn the_docs_name_two_map_styles_without_a_key_and_the_chart_takes_their_values() {
    let styles = map_styles();
    assert_eq!(styles.len(), 2, "{styles:?}");
    for values in styles {
        let path = env::temp_dir().join(format!("map-style-{}.yaml", process::id()));
        fs::write(&path, &values).unwrap();
        let objects = template(&["--values", &file("minimal"), "--values", &path.display().to_string()]).unwrap();
        let web = &config(&objects, "gateway")["web"];
        let style = web["mapStyle"].as_str().unwrap();
        assert!(style.starts_with("https://") && !style.contains("key"), "{style}");
        assert!(values.contains(style), "{values}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn contradictory_values_are_rejected_with_a_message() {
    for (settings, sentence) in [
        (vec!["requests.namespace=west"], "requests.namespace is west, which is not one of watchNamespaces (shop)."),
        (vec!["topics.replicationFactor=1"], "topics.minInsyncReplicas is 2 but topics.replicationFactor is only 1"),
        (vec!["topics.overrides.delivery\\.plan.replicationFactor=1"], "delivery.plan"),
        (vec!["ingress.enabled=true"], "ingress.host is not set."),
        (vec!["httpRoute.enabled=true"], "httpRoute.parentRefs is empty."),
        (vec!["httpRoute.enabled=true", "httpRoute.gateway.create=true"], "httpRoute.gateway.className is not set."),
    ] {
        let output = refusal(&settings);
        assert!(output.contains(sentence), "{settings:?}: {output}");
    }
}

#[test]
fn requests_go_to_the_releases_namespace_if_it_is_watched_and_otherwise_to_the_first_one() {
    let minimal = file("minimal");
    for (watched, expected) in [("{shop}", "shop"), ("{north,shop}", "shop"), ("{north,south}", "north")] {
        let set = format!("watchNamespaces={watched}");
        let objects = template(&["--values", &minimal, "--set", &set]).unwrap();
        assert_eq!(config(&objects, "operator")["requests"]["namespace"], expected, "{watched}");
        assert!(of_kind(&objects, "DeliveryRoute").all(|route| route["metadata"]["namespace"] == expected));
    }
}

#[test]
fn large_numbers_stay_integers() {
    let objects = render("everything");
    let operator = config(&objects, "operator");
    assert_eq!(operator["requests"]["maxActive"], json!(5_000_000));
    assert_eq!(operator["topics"]["overrides"]["route.new-position"]["retentionBytes"], json!(268_435_456));
    assert_eq!(config(&render("minimal"), "operator")["topics"]["retentionBytes"], json!(1_073_741_824));
}

#[test]
fn the_gateway_is_told_its_proxies_and_gets_the_key_of_client_ids_from_its_secret() {
    let objects = render("everything");
    let gateway = config(&objects, "gateway");
    assert_eq!(gateway["http"]["trustedProxies"], json!(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]));
    assert_eq!(gateway["limits"]["perAddress"]["starts"], json!(1));
    let file = gateway["http"]["clientIdKeyFile"].as_str().unwrap();
    let deployment =
        of_kind(&objects, "Deployment").find(|object| object["metadata"]["name"] == "fleet-gateway").unwrap();
    let spec = &deployment["spec"]["template"]["spec"];
    let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["mountPath"].as_str() == file.strip_suffix("/key")).unwrap();
    let volume = spec["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == mount["name"]).unwrap();
    assert_eq!(volume["secret"]["secretName"], "client-id");
    assert_eq!(volume["secret"]["items"], json!([{ "key": "random", "path": "key" }]));
    let minimal = config(&render("minimal"), "gateway");
    assert!(minimal["http"].get("clientIdKeyFile").is_none());
}

#[test]
fn requested_deliveries_are_kept_if_their_ttl_is_minus_one() {
    assert_eq!(config(&render("minimal"), "operator")["requests"]["ttlSecondsAfterFinished"], json!(3600));
    let operator = config(&render("everything"), "operator");
    assert_eq!(operator["requests"].get("ttlSecondsAfterFinished"), Some(&Value::Null));
}

#[test]
fn every_value_is_described_in_the_readme() {
    let readme = std::fs::read_to_string(chart().join("README.md")).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 70, "{} values", rows.len());
    for row in rows {
        let description = row.trim_end_matches('|').rsplit(" | ").next().unwrap().trim();
        assert!(description.ends_with('.'), "{row}");
    }
}

#[test]
fn the_notes_say_what_is_off_and_how_to_reach_the_map() {
    let chart = chart().display().to_string();
    for (case, sentences) in [
        (
            "minimal",
            vec![
                "kubectl port-forward",
                "There is no MongoDB",
                "There is no History view",
                "Nothing is written to Elasticsearch",
                "plain text",
            ],
        ),
        ("history", vec!["kubectl get kafkaconnectors --namespace shop", "The connector operator reconciles"]),
        (
            "strimzi",
            vec![
                "Strimzi reconciles them: the KafkaConnect fleet must be in kafka",
                "With connectors.profile=confluent the index templates must be installed",
            ],
        ),
        ("demo", vec!["port 30081 of every node", "1 replica:"]),
        ("secured", vec!["https://map.example.com/", "The Secret kafka-client must exist in shop."]),
        (
            "everything",
            vec![
                "The Secret kafka-client must exist in shop.",
                "The Secret kafka-gateway must exist in shop.",
                "The Secret kafka-kubectl must exist in shop.",
                "The Secret kafka-simulator must exist in north, south.",
            ],
        ),
    ] {
        let values = file(case);
        let output =
            helm(&["install", "code-delivery", &chart, "--namespace", "shop", "--dry-run=client", "--values", &values]);
        let output = String::from_utf8(output.stdout).unwrap();
        let notes = output.split("NOTES:").nth(1).unwrap();
        for sentence in sentences {
            assert!(notes.contains(sentence), "{case}: {notes}");
        }
        assert!(notes.lines().all(|line| !line.ends_with(' ')), "{case}: {notes}");
    }
}

#[test]
fn notifications_are_not_forgotten_before_kafka_forgets_what_asked_for_them() {
    let message = "notifications.retentionDays is";
    let own = "topics.overrides.notifications\\.send-notification.retentionHours";
    let refused = |days: &str, more: &str| refusal(&["notifications.enabled=true", days, more]);
    let week = refused("notifications.retentionDays=7", "smtp.host=");
    assert!(week.contains("notifications.retentionDays is 7") && week.contains("Set it to at least 8"), "{week}");
    let for_ever = refused("notifications.retentionDays=400", &format!("{own}=-1"));
    assert!(for_ever.contains("notifications.retentionDays is 400") && for_ever.contains("for ever"), "{for_ever}");
    for (days, more) in [
        ("notifications.retentionDays=8", "smtp.host="),
        ("notifications.retentionDays=2", &*format!("{own}=24")),
        ("notifications.retentionDays=0", "topics.retentionHours=-1"),
    ] {
        let other = refused(days, more);
        assert!(!other.contains(message), "{other}");
    }
}
