use std::collections::BTreeSet;

use super::*;

#[test]
fn every_error_has_a_reason_of_its_own() {
    let errors = [
        Error::Api { action: "list the pods", source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
        Error::NameTaken { kind: "Pod", name: "a".to_owned() },
        Error::PodUncertain { name: "a".to_owned(), source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
        Error::Timeout(30),
        Error::Encode(serde_json::from_str::<u8>("").map_err(EncodeError::from).unwrap_err()),
    ];
    let reasons: BTreeSet<_> = errors.iter().map(Error::reason).collect();
    assert_eq!(reasons.len(), errors.len());
}
