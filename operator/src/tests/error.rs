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
        Error::PodUncertain { name: "a".to_owned(), source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
        within(Duration::ZERO, pending).await.unwrap_err(),
        Error::Encode(serde_json::from_str::<u8>("").map_err(EncodeError::from).unwrap_err()),
    ];
    let reasons: BTreeSet<_> = errors.iter().map(Error::reason).collect();
    assert_eq!(reasons.len(), errors.len());
}
