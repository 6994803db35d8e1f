use super::super::finding::Verdict;
use super::*;

const LIMIT: SignedDuration = SignedDuration::from_mins(2);

/// A delivery whose condition Running has had this status and reason since 10:00.
fn delivery(name: &str, spec: &str, running: &str) -> Delivery {
    let text = format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: {name}, namespace: shop, creationTimestamp: '2026-11-22T10:00:00Z'}}
spec: {{routeRef: {{name: primeiro}}{spec}}}
status: {{conditions: [{running}]}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn running(status: &str, reason: &str) -> String {
    format!(
        "{{type: Running, status: '{status}', reason: {reason}, message: It is {reason}., \
         lastTransitionTime: '2026-11-22T10:00:00Z'}}"
    )
}

fn judged(deliveries: &[Delivery], now: &str) -> Vec<(Verdict, String)> {
    let found = judge(deliveries, LIMIT, now.parse().unwrap());
    found.into_iter().map(|one| (one.result, one.message)).collect()
}

#[test]
fn those_that_have_waited_too_long_are_counted_by_reason() {
    let mut all: Vec<_> =
        (0..5).map(|at| delivery(&format!("d{at}"), "", &running("False", "RouteNotFound"))).collect();
    all.push(delivery("silent", "", &running("Unknown", "Silent")));
    all.push(delivery("fresh", "", ""));
    assert_eq!(
        judged(&all, "2026-11-22T10:02:00Z"),
        [(Verdict::Right, "No delivery is stuck (7 deliveries).".to_owned())]
    );
    assert_eq!(
        judged(&all, "2026-11-22T10:02:01Z"),
        [
            (
                Verdict::Warning,
                "1 delivery has not been under way for more than 2m (NotReconciled): shop/fresh.".to_owned()
            ),
            (
                Verdict::Warning,
                "5 deliveries have not been under way for more than 2m (RouteNotFound): shop/d0, shop/d1, shop/d2 and 2 more."
                    .to_owned()
            ),
            (
                Verdict::Warning,
                "1 delivery has not been under way for more than 2m (Silent): shop/silent.".to_owned()
            ),
        ]
    );
    let found = judge(&all, LIMIT, "2026-11-22T11:00:00Z".parse().unwrap());
    assert_eq!(found[1].way_out.as_deref(), Some("It is RouteNotFound."));
}

#[test]
fn those_under_way_suspended_or_at_their_end_are_not_stuck() {
    let ended = format!(
        "{}, {{type: Failed, status: 'True', reason: Failed, message: x, lastTransitionTime: '2026-11-22T10:00:00Z'}}",
        running("False", "Failed")
    );
    let all = [
        delivery("a", "", &running("True", "UnderWay")),
        delivery("b", ", suspend: true", &running("False", "Suspended")),
        delivery("c", "", &ended),
    ];
    assert_eq!(judged(&all, "2026-11-22T12:00:00Z")[0].0, Verdict::Right);
}
