use super::*;
use crate::check::finding::Verdict;

fn deployment_of(service: Service, wanted: i32, status: &str) -> Deployment {
    let label = service.label();
    let text = format!(
        "
metadata: {{name: {label}, generation: 3, labels: {{app.kubernetes.io/name: {label}}}}}
spec:
  replicas: {wanted}
  selector: {{}}
  template: {{metadata: {{labels: {{app.kubernetes.io/version: '0.1.0'}}}}}}
status: {{observedGeneration: 3, {status}}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn judged(deployments: &[Deployment]) -> Vec<(Verdict, String)> {
    judge(deployments, "shop").into_iter().map(|found| (found.result, found.message)).collect()
}

#[test]
fn replicas_that_are_not_ready_are_wrong_with_the_cause() {
    let operator = deployment_of(Service::Operator, 2, "readyReplicas: 2, updatedReplicas: 2");
    let gateway = deployment_of(
        Service::Gateway,
        2,
        "readyReplicas: 1, updatedReplicas: 2, conditions: [{type: Progressing, status: 'False', message: It took too long.}]",
    );
    assert_eq!(
        judged(&[operator, gateway]),
        [
            (Verdict::Right, "The operator has 2 of 2 replicas ready.".to_owned()),
            (Verdict::Wrong, "The gateway has 1 of 2 replicas ready: It took too long.".to_owned()),
            (
                Verdict::Skipped,
                "The connector operator has no Deployment in the namespace shop: connectorOperator.enabled is off."
                    .to_owned()
            ),
            (Verdict::Skipped, "The canary has no Deployment in the namespace shop: canary.enabled is off.".to_owned()),
            (
                Verdict::Skipped,
                "The service of purchases has no Deployment in the namespace shop: purchases.enabled is off."
                    .to_owned()
            ),
            (
                Verdict::Skipped,
                "The service of invoices has no Deployment in the namespace shop: invoices.enabled is off.".to_owned()
            ),
            (
                Verdict::Skipped,
                "The service of notifications has no Deployment in the namespace shop: notifications.enabled is off."
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn a_missing_deployment_and_one_without_replicas_are_wrong() {
    let none = deployment_of(Service::Gateway, 0, "");
    let found = judge(&[none], "shop");
    assert_eq!(found[0].message, "The operator has no Deployment in the namespace shop.");
    assert_eq!(found[1].message, "The gateway is scaled to zero.");
    assert!(found[1].way_out.as_ref().unwrap().contains("deployment/code-delivery-gateway --replicas=1"));
    assert_eq!([found[0].result, found[1].result], [Verdict::Wrong; 2]);
}

#[test]
fn a_rollout_is_a_warning() {
    let rolling = deployment_of(Service::Operator, 2, "readyReplicas: 2, updatedReplicas: 1");
    assert_eq!(judged(&[rolling])[0].0, Verdict::Warning);
    let mut unseen = deployment_of(Service::Operator, 2, "readyReplicas: 2, updatedReplicas: 2");
    unseen.metadata.generation = Some(4);
    assert_eq!(judged(&[unseen])[0].0, Verdict::Warning);
}

#[test]
fn versions_fit_if_nothing_between_them_may_break() {
    let of = |running: &str, plugin: &str| version(Service::Gateway, running, plugin).result;
    assert_eq!([of("0.1.0", "0.1.7"), of("v1.2.0", "1.9.3"), of("0.1.0-rc.1", "0.1.0")], [Verdict::Right; 3]);
    assert_eq!([of("0.1.0", "0.2.0"), of("2.0.0", "1.9.3"), of("1.0.0", "0.9.0")], [Verdict::Warning; 3]);
    assert_eq!([of("3f9a2c", "0.1.0"), of("main", "0.1.0")], [Verdict::Skipped; 2]);
}

#[test]
fn what_a_service_tells_of_itself_goes_before_the_tag_of_its_image() {
    let deployments = [Service::Operator, Service::Gateway].map(|service| deployment_of(service, 2, ""));
    let metrics = Metrics::parse("delivery_operator_build_info{version=\"0.2.0\"} 1\n# EOF\n").unwrap();
    let told = BTreeMap::from([(Service::Operator, told(Service::Operator, &metrics).unwrap())]);
    let found = versions(&deployments, &told, "0.1.2");
    assert_eq!(found[0].message, "The operator is of release 0.2.0, and this program of 0.1.2.");
    assert_eq!(found[1].message, "The gateway is of release 0.1.0, which fits this program's 0.1.2.");
    assert_eq!(found.len(), 2);
}
