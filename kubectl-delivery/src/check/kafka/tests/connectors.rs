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
