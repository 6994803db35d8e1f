use super::*;

#[test]
fn an_object_is_read_as_a_user_writes_it() {
    let connector: KafkaConnector = serde_yaml::from_str(
        "
            apiVersion: kafka.strimzi.io/v1
            kind: KafkaConnector
            metadata:
              name: positions
              labels: { strimzi.io/cluster: connect }
              annotations: { strimzi.io/restart: 'true' }
            spec:
              class: FileStreamSource
              tasksMax: 2
              autoRestart: { enabled: true, maxRestarts: 7 }
              state: stopped
              config: { file: /tmp/in, topic: lines, batch.size: 10 }
              listOffsets: { toConfigMap: { name: offsets } }
            ",
    )
    .unwrap();
    assert_eq!((cluster_of(&connector), connector.target_state()), (Some("connect"), TargetState::Stopped));
    assert_eq!(connector.annotation("strimzi.io/restart"), Some("true"));
    assert_eq!(connector.spec.config.unwrap()["batch.size"], 10);
    assert_eq!(connector.spec.list_offsets.unwrap().to_config_map.name, "offsets");
}

#[test]
fn times_are_in_whole_seconds() {
    assert_eq!(seconds("2026-11-22T10:00:00.999Z".parse().unwrap()), "2026-11-22T10:00:00Z");
}
