use super::*;

fn connector(spec: &str) -> KafkaConnector {
    serde_yaml::from_str(&format!(
        "{{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnector, metadata: {{ name: lines, namespace: shop }}, spec: {{ {spec} }} }}"
    ))
    .unwrap()
}

#[test]
fn the_fields_of_the_object_become_options_of_connect() {
    let connector = connector(
        "class: FileStreamSource, tasksMax: 2, version: '[4.1,)', config: { topic: lines, batch.size: 10, errors.log.enable: true, rate: 0.5 }",
    );
    let desired = desired(&connector, "shop/code-delivery").unwrap();
    let expected = [
        ("batch.size", "10"),
        ("connector.owner", "shop/code-delivery shop/lines"),
        ("connector.class", "FileStreamSource"),
        ("connector.plugin.version", "[4.1,)"),
        ("errors.log.enable", "true"),
        ("name", "lines"),
        ("rate", "0.5"),
        ("tasks.max", "2"),
        ("topic", "lines"),
    ];
    assert_eq!(desired.options, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    assert!(desired.ignored.is_empty());
    let owner = Owner::of(&desired.options).unwrap();
    assert_eq!(
        (owner.source.as_str(), owner.namespace.as_str(), owner.name.as_str()),
        ("shop/code-delivery", "shop", "lines")
    );
}

#[test]
fn options_that_other_fields_set_are_ignored_with_a_warning() {
    let connector = connector("class: A, config: { name: other, Tasks.Max: 9, connector.owner: me, topic: lines }");
    let desired = desired(&connector, "s").unwrap();
    assert_eq!((desired.options["name"].as_str(), desired.options["topic"].as_str()), ("lines", "lines"));
    assert_eq!(desired.options[OWNER], "s shop/lines");
    assert_eq!(desired.options.keys().filter(|key| key.eq_ignore_ascii_case("tasks.max")).count(), 0);
    assert_eq!(desired.ignored.len(), 3);
    assert!(
        desired
            .ignored
            .iter()
            .map(ToString::to_string)
            .any(|it| it.contains("Tasks.Max") && it.contains("spec.tasksMax"))
    );
}

#[test]
fn an_object_that_cannot_become_a_connector_gets_an_error_with_the_way_out() {
    assert_eq!(desired(&connector("tasksMax: 1"), "s"), Err(InvalidSpec::NoClass));
    for (config, kind) in [("topics: [a, b]", "a list"), ("topics: { a: b }", "an object"), ("topics: null", "null")] {
        let error = desired(&connector(&format!("class: A, config: {{ {config} }}")), "s").unwrap_err();
        assert!(error.to_string().contains(kind) && error.to_string().contains("topics"), "{error}");
    }
}
