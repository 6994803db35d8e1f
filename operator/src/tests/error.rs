use std::collections::BTreeSet;
use std::time::Duration;

use delivery_controller::reconcile::within;

use super::*;

#[tokio::test]
async fn every_error_has_a_reason_of_its_own() {
    let pending = std::future::pending::<Result<(), Error>>();
    let errors = [
        Error::api("list the pods")(kube::Error::LinesCodecMaxLineLengthExceeded),
        Error::NameTaken { kind: "Pod", name: "a".to_owned() },
        Error::PodRefused { kind: "Pod", name: "a".to_owned(), sentence: "exceeded quota".to_owned() },
        Error::SidecarNotInjected {
            kind: "Pod",
            name: "a".to_owned(),
            webhook: "namespace.sidecar-injector.istio.io".to_owned(),
            cause: "EOF".to_owned(),
        },
        Error::PodUncertain { name: "a".to_owned(), source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
        within(Duration::ZERO, pending).await.unwrap_err(),
        Error::Encode(serde_json::from_str::<u8>("").map_err(EncodeError::from).unwrap_err()),
    ];
    let reasons: BTreeSet<_> = errors.iter().map(Error::reason).collect();
    assert_eq!(reasons.len(), errors.len());
}

#[test]
fn what_is_refused_for_its_own_reason_is_retried_soon_and_in_the_servers_words() {
    let answer = |code, message: &str| {
        let status = kube::core::Status { code, message: message.to_owned(), ..kube::core::Status::default() };
        Error::refused("Pod", "a", "create the pod")(kube::Error::Api(status.boxed()))
    };
    let quota = answer(403, "pods \"a\" is forbidden: exceeded quota: few, used: pods=2.");
    assert_eq!((quota.reason(), quota.max_delay()), (Reason::PodRefused, Duration::from_secs(30)));
    assert!(quota.to_string().contains("exceeded quota: few, used: pods=2. The operator tries again every 30 seconds"));
    let away = answer(429, "slow down");
    assert_eq!((away.reason(), away.max_delay()), (Reason::ApiError, Duration::from_mins(5)));
}

#[test]
fn an_injector_that_is_away_is_named_and_another_webhook_is_quoted() {
    let answer = |webhook: &str| {
        let message = format!("Internal error occurred: failed calling webhook \"{webhook}\": connection refused");
        let status = kube::core::Status { code: 500, message, ..kube::core::Status::default() };
        Error::refused("Pod", "a", "create the pod")(kube::Error::Api(status.boxed()))
    };
    let mesh = answer("namespace.sidecar-injector.istio.io");
    assert_eq!((mesh.reason(), mesh.max_delay()), (Reason::SidecarNotInjected, Duration::from_secs(30)));
    let sentence = mesh.to_string();
    assert!(sentence.contains("does not answer: connection refused. See whether istiod runs"), "{sentence}");
    let other = answer("policies.example.com");
    assert_eq!(other.reason(), Reason::PodRefused);
    assert!(other.to_string().contains("failed calling webhook \"policies.example.com\""));
}
