use super::*;
use crate::check::finding::Verdict;

fn judged(status: &str) -> (Verdict, String) {
    let text = format!(
        "
apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata: {{name: positions, namespace: shop}}
status: {status}
"
    );
    let object: DynamicObject = serde_yaml::from_str(&text).unwrap();
    let found = judge(Some(&[object])).remove(0);
    (found.result, found.message)
}

#[test]
fn a_ready_connector_runs_all_its_tasks() {
    let running = "{conditions: [{type: Ready, status: 'True'}], connectorStatus: {connector: {state: RUNNING}, \
                   tasks: [{id: 0, state: RUNNING}, {id: 1, state: RUNNING}]}}";
    assert_eq!(
        judged(running),
        (Verdict::Right, "The KafkaConnector positions is ready; all its tasks (2) are running.".to_owned())
    );
    let failed = running.replace("{id: 1, state: RUNNING}", "{id: 1, state: FAILED, trace: \"No index.\\n\\tat x\"}");
    assert_eq!(
        judged(&failed),
        (Verdict::Wrong, "1 of 2 tasks of the KafkaConnector positions have failed: No index.".to_owned())
    );
    assert_eq!(judged(&running.replace("{id: 1, state: RUNNING}", "{id: 1, state: PAUSED}")).0, Verdict::Warning);
    assert_eq!(
        judged(&running.replace("connector: {state: RUNNING}", "connector: {state: STOPPED}")).0,
        Verdict::Warning
    );
    assert_eq!(judged(&running.replace("connector: {state: RUNNING}", "connector: {state: FAILED}")).0, Verdict::Wrong);
}

#[test]
fn index_templates_are_kept_by_the_tasks_of_our_sink_and_not_seen_with_others() {
    let found = |class: &str| {
        let text = format!(
            "
apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata: {{name: positions, namespace: shop}}
spec: {{class: {class}, config: {{index: code-delivery-positions}}}}
status: {{conditions: [{{type: Ready, status: 'True'}}],
  connectorStatus: {{connector: {{state: RUNNING}}, tasks: [{{id: 0, state: RUNNING}}]}}}}
"
        );
        let object: DynamicObject = serde_yaml::from_str(&text).unwrap();
        judge(Some(&[object.clone(), object]))
    };
    let ours = found(OWN_SINK);
    assert_eq!(ours.len(), 2);
    assert_eq!(
        ours[0].message,
        "The KafkaConnector positions is ready; all its tasks (1) are running, and keep the index template \
         code-delivery-positions in place."
    );
    let others = found("io.aiven.connect.elasticsearch.ElasticsearchSinkConnector");
    assert_eq!(others.len(), 3, "said once of all connectors: {others:?}");
    assert_eq!(others[0].message, "The KafkaConnector positions is ready; all its tasks (1) are running.");
    assert_eq!(others[2].result, Verdict::Skipped);
    assert!(others[2].message.contains("index templates was not checked"), "{others:?}");
}

#[test]
fn one_that_is_not_ready_says_why() {
    let not_ready = "{conditions: [{type: NotReady, status: 'True', message: Kafka Connect cannot be reached.}]}";
    assert_eq!(
        judged(not_ready),
        (Verdict::Wrong, "The KafkaConnector positions is not ready: Kafka Connect cannot be reached.".to_owned())
    );
    let (verdict, message) = judged("{}");
    assert!(verdict == Verdict::Wrong && message.contains("no operator has reconciled it"), "{message}");
    assert_eq!(judged("{conditions: [{type: ReconciliationPaused, status: 'True'}]}").0, Verdict::Warning);
}

#[test]
fn without_connectors_there_is_nothing_to_check() {
    assert_eq!(judge(None)[0].result, Verdict::Skipped);
    assert_eq!(judge(Some(&[]))[0].result, Verdict::Skipped);
}
