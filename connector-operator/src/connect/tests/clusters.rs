use kube::core::ObjectMeta;

use super::*;
use crate::connect::rest;
use crate::strimzi::connector::CLUSTER_LABEL;

fn clusters() -> Clusters {
    let cluster = |namespaces: &[&str]| Cluster {
        url: "http://connect:8083".to_owned(),
        credentials_directory: None,
        namespaces: namespaces.iter().copied().map(str::to_owned).collect(),
    };
    let configured =
        BTreeMap::from([("open".to_owned(), cluster(&[])), ("guarded".to_owned(), cluster(&["audit", "north"]))]);
    Clusters::new(&rest::client().unwrap(), &configured, &Metrics::default())
}

fn connector(namespace: &str, cluster: &str) -> KafkaConnector {
    let labels = BTreeMap::from([(CLUSTER_LABEL.to_owned(), cluster.to_owned())]);
    let metadata = ObjectMeta { namespace: Some(namespace.to_owned()), labels: Some(labels), ..ObjectMeta::default() };
    KafkaConnector { metadata, spec: serde_json::from_str("{}").unwrap(), status: None }
}

#[test]
fn a_cluster_is_for_the_connectors_of_its_namespaces_or_for_all() {
    let clusters = clusters();
    for (namespace, cluster) in [("shop", "open"), ("audit", "guarded"), ("north", "guarded")] {
        assert_eq!(clusters.of(&connector(namespace, cluster)).unwrap().0, cluster);
    }
    let error = clusters.of(&connector("shop", "guarded")).unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidResource);
    let text = error.to_string();
    assert!(text.contains("not for connectors of the namespace shop") && text.contains("audit, north"), "{text}");
}

#[test]
fn a_cluster_that_is_not_configured_is_named_with_those_that_are() {
    let text = clusters().of(&connector("shop", "other")).unwrap_err().to_string();
    assert!(text.contains("other") && text.contains("guarded, open"), "{text}");
    assert!(matches!(clusters().of(&connector("shop", "")), Err(ClusterError::NoLabel { .. })));
}
