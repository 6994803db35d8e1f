use super::*;

fn delivery(namespace: &str, name: &str, spec: &str, status: &str) -> Delivery {
    let text = format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: {name}, namespace: {namespace}, creationTimestamp: '2026-11-22T10:00:00Z'}}
spec: {{{spec}}}
status: {{{status}}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn two() -> [Delivery; 2] {
    let running = "phase: Running, progress: 37%, arrivesAt: '2026-11-22T10:03:51Z', position: [-47.92923, -15.82594], speed: 62 km/h, \
                   podName: moto-abc, conditions: [{type: Ready, status: 'True', reason: UnderWay, message: It is., \
                   lastTransitionTime: '2026-11-22T10:00:00Z'}]";
    [
        delivery("shop", "moto", "routeRef: {name: primeiro}, courier: moto-7", running),
        delivery("north", "alone", "path: [[0, 0], [0, 1]]", ""),
    ]
}

#[test]
fn a_table_has_the_columns_of_kubectl_and_the_time_left_as_of_now() {
    let now = "2026-11-22T10:01:00Z".parse().unwrap();
    assert_eq!(
        table(&two(), false, false, now),
        "NAME    ROUTE      COURIER   PHASE     PROGRESS   ETA     AGE\n\
         alone   -          -         Pending          -   -       60s\n\
         moto    primeiro   moto-7    Running        37%   2m51s   60s\n"
    );
}

#[test]
fn a_wide_table_of_all_namespaces_says_why_and_where() {
    let text = table(&two(), true, true, "2026-11-22T10:01:00Z".parse().unwrap());
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("NAMESPACE   NAME    ROUTE") && lines[0].ends_with("POD"), "{text}");
    assert!(lines[1].starts_with("north       alone"), "{text}");
    assert!(lines[2].ends_with("UnderWay   -47.92923,-15.82594   62 km/h   moto-abc"), "{text}");
}

#[test]
fn one_that_stands_has_no_time_left() {
    let text = "phase: Suspended, arrivesAt: '2026-11-22T10:03:51Z'";
    let suspended = delivery("shop", "a", "path: []", text);
    assert_eq!(time_left(suspended.status.as_ref().unwrap(), Timestamp::UNIX_EPOCH), None);
}
