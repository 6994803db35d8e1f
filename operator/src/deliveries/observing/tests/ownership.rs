use k8s_openapi::api::core::v1::Pod;

use super::*;
use crate::testing::{self, RUNNING, pod_object};

fn changed(change: impl FnOnce(&mut Pod)) -> (bool, bool, bool) {
    let (mut pod, delivery) = (pod_object(2, RUNNING), testing::subject("").key);
    change(&mut pod);
    (belongs_to(&pod, &delivery), is_orphan_of(&pod, &delivery), is_stray(&pod, &delivery))
}

#[test]
fn the_owner_counts_and_without_one_the_name() {
    assert_eq!(changed(|_| ()), (true, false, false));
    assert_eq!(changed(|pod| pod.metadata.labels = None), (true, false, true), "the label is lost");
    assert_eq!(changed(|pod| pod.metadata.owner_references = None), (false, true, true), "the owner is lost");
    let renamed = changed(|pod| {
        pod.metadata.owner_references = None;
        pod.metadata.name = Some("any".to_owned());
    });
    assert_eq!(renamed, (false, false, true), "a label alone proves nothing");
    let anothers = changed(|pod| pod.metadata.owner_references.as_mut().unwrap()[0].uid = "another".to_owned());
    assert_eq!(anothers, (false, false, true), "it has an owner");
    let unnumbered = changed(|pod| {
        pod.metadata.owner_references = None;
        pod.metadata.annotations = None;
    });
    assert_eq!(unnumbered, (false, false, true));
}
