use super::*;

const NOW: &str = "2026-11-22T10:01:00Z";

fn detail(status: &str) -> Detail {
    let delivery = format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: moto, namespace: shop, uid: u-1, creationTimestamp: '2026-11-22T10:00:00Z'}}
spec: {{routeRef: {{name: primeiro}}, courier: moto-7, vehicle: motorcycle}}
status: {{{status}}}
"
    );
    Detail { delivery: serde_yaml::from_str(&delivery).unwrap(), pod: None, events: Vec::new() }
}

#[test]
fn one_screen_has_progress_place_pod_conditions_and_events() {
    let mut detail = detail(
        "phase: Running, progress: 37%, arrivesAt: '2026-11-22T10:03:51Z', position: [-47.92923, -15.82594], speed: 62 km/h, attempt: 2, \
         podName: moto-abc, routeRevision: shop/primeiro@0123, startedAt: '2026-11-22T10:00:05Z', conditions: [{type: Ready, \
         status: 'True', reason: UnderWay, message: The pod is running., lastTransitionTime: '2026-11-22T10:00:30Z'}]",
    );
    let pod = "{metadata: {name: moto-abc}, spec: {nodeName: node-1, containers: []}, status: {phase: Running, containerStatuses: \
               [{name: a, restartCount: 3, ready: true, image: a, imageID: a}]}}";
    detail.pod = Some(serde_yaml::from_str(pod).unwrap());
    let event = |reason: &str, seen: &str| -> Event {
        let text = format!(
            "{{metadata: {{creationTimestamp: '2026-11-22T09:00:00Z'}}, involvedObject: {{}}, type: Normal, reason: {reason}, \
             message: \"It is so\\e[2J.\", {seen}}}"
        );
        serde_yaml::from_str(&text).unwrap()
    };
    detail.events = vec![
        event("Series", "series: {count: 2, lastObservedTime: '2026-11-22T10:00:50.000000Z'}, lastTimestamp: null"),
        event("Once", "eventTime: '2026-11-22T10:00:20.000000Z'"),
        event("Old", "lastTimestamp: '2026-11-22T10:00:10Z'"),
    ];
    let expected = "\
Name        moto
Namespace   shop
Id          u-1
Created     2026-11-22T10:00:00Z, 60s ago
Route       primeiro (shop/primeiro@0123)
Courier     moto-7, motorcycle
Phase       Running
Progress    37%
ETA         2m51s, at 2026-11-22T10:03:51Z
Position    longitude -47.92923, latitude -15.82594, 62 km/h
Started     2026-11-22T10:00:05Z, 55s ago
Attempt     2
Pod         moto-abc, Running, on node-1, restarts: 3

CONDITION   STATUS   SINCE   REASON     MESSAGE
Ready       True     30s     UnderWay   The pod is running.

SEEN   TYPE     EVENT    MESSAGE
50s    Normal   Old      It is so\u{fffd}[2J.
40s    Normal   Once     It is so\u{fffd}[2J.
10s    Normal   Series   It is so\u{fffd}[2J.
";
    assert_eq!(screen(&detail, NOW.parse().unwrap()), expected);
}

#[test]
fn one_that_nobody_has_looked_at_has_only_what_was_asked_for() {
    let text = screen(&detail(""), NOW.parse().unwrap());
    assert!(text.ends_with("Phase       Pending\n"), "{text}");
    assert!(!text.contains("Pod") && !text.contains("CONDITION") && !text.contains("SEEN"), "{text}");
}

#[test]
fn one_that_has_finished_says_how_long_it_took_and_that_its_pod_is_gone() {
    let finished = "phase: Finished, progress: 100%, podName: moto-abc, startedAt: '2026-11-22T10:00:05Z', \
                    finishedAt: '2026-11-22T10:00:45Z'";
    let text = screen(&detail(finished), NOW.parse().unwrap());
    assert!(text.contains("Phase       Finished after 40s\n"), "{text}");
    assert!(text.contains("Pod         moto-abc, which does not exist"), "{text}");
}

#[test]
fn only_the_newest_events_are_shown() {
    let mut detail = detail("");
    for second in 10..40 {
        let text = format!(
            "{{metadata: {{}}, involvedObject: {{}}, reason: E{second}, lastTimestamp: '2026-11-22T10:00:{second}Z'}}"
        );
        detail.events.push(serde_yaml::from_str(&text).unwrap());
    }
    let text = screen(&detail, NOW.parse().unwrap());
    assert_eq!(text.lines().filter(|line| line.contains(" E")).count(), MAX_EVENTS + 1, "and the heading: {text}");
    assert!(text.trim_end().ends_with("E39") && !text.contains("E24"), "{text}");
}
