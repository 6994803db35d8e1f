use super::*;

fn delivery(suspend: bool, condition: &str) -> Delivery {
    let text = format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: primeiro}}
spec: {{routeRef: {{name: primeiro}}, suspend: {suspend}}}
status:
  conditions:
    - {{type: {condition}, status: 'True', reason: R, message: M, lastTransitionTime: '2026-01-01T00:00:00Z'}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn the_step_depends_on_the_state_of_the_delivery() {
    let (running, suspended) = (delivery(false, "Running"), delivery(true, "RouteReady"));
    let (finished, failed) = (delivery(false, "Complete"), delivery(true, "Failed"));
    assert_eq!(step(Change::Cancel, &running), Step::Delete("cancelled"));
    assert_eq!(step(Change::Cancel, &finished), Step::Delete("deleted; it had ended already"));
    assert_eq!(step(Change::Suspend, &running), Step::SetSuspend(true, "suspended"));
    assert_eq!(step(Change::Suspend, &suspended), Step::Nothing("suspended already"));
    assert_eq!(step(Change::Resume, &suspended), Step::SetSuspend(false, "resumed"));
    assert_eq!(step(Change::Resume, &running), Step::Nothing("not suspended"));
    let Step::Refuse(ended) = step(Change::Suspend, &finished) else { panic!("it has finished") };
    assert_eq!(ended.to_string(), "The Delivery primeiro has finished; it can no longer be suspended or resumed.");
    assert!(matches!(step(Change::Resume, &failed), Step::Refuse(ended) if ended.to_string().contains("has failed")));
}
