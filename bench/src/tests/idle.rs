use super::*;

#[test]
fn writes_are_counted_by_verb_and_resource_whatever_their_answers() {
    let text = "\
# HELP apiserver_request_total Counter of apiserver requests.
apiserver_request_total{code=\"200\",dry_run=\"\",group=\"coordination.k8s.io\",resource=\"leases\",scope=\"resource\",subresource=\"\",verb=\"PUT\",version=\"v1\"} 30
apiserver_request_total{code=\"409\",dry_run=\"\",group=\"coordination.k8s.io\",resource=\"leases\",scope=\"resource\",subresource=\"\",verb=\"PUT\",version=\"v1\"} 2
apiserver_request_total{code=\"200\",dry_run=\"\",group=\"codedelivery.io\",resource=\"deliveries\",scope=\"resource\",subresource=\"status\",verb=\"PATCH\",version=\"v1\"} 7
apiserver_request_total{code=\"200\",dry_run=\"\",group=\"\",resource=\"pods\",scope=\"cluster\",subresource=\"\",verb=\"LIST\",version=\"v1\"} 9
";
    let expected = [("PATCH deliveries/status".to_owned(), 7.0), ("PUT leases".to_owned(), 32.0)];
    assert_eq!(count(text), BTreeMap::from(expected));
}

#[test]
fn a_java_process_is_named_by_its_main_class() {
    let java = "/opt/java/bin/java\0-Xmx256m\0-Dlog4j2.configurationFile=/etc/log4j2.properties\0-cp\0/libs/*\0kafka.Kafka\0/etc/k.properties";
    assert_eq!(name(java).as_deref(), Some("kafka.Kafka"));
    assert_eq!(name("/usr/bin/code-delivery-gateway\0--config\0/etc/x.yaml").as_deref(), Some("code-delivery-gateway"));
    assert_eq!(name("/opt/kubernetes\0kube-apiserver\0--x").as_deref(), Some("kubernetes kube-apiserver"));
    assert_eq!(name(""), None);
}
