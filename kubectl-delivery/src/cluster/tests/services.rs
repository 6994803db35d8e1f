use super::super::gateway::port;
use super::*;

fn service(name: &str, label: &str) -> Service {
    let text = format!(
        "{{metadata: {{name: {name}, labels: {{app.kubernetes.io/name: {label}}}}}, spec: {{ports: [{{port: 8080}}]}}}}"
    );
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn each_service_is_found_by_its_label() {
    let found = [service("a", "code-delivery-invoices"), service("b", "code-delivery-purchases")];
    assert_eq!(of_kind(&found, Kind::Purchases).unwrap().name_any(), "b");
    assert_eq!(port(of_kind(&found, Kind::Invoices).unwrap()), Some(8080));
    assert!(of_kind(&found, Kind::Notifications).is_none());
    assert!(of_kind(&found, Kind::Gateway).is_none());
}

#[test]
fn the_services_of_one_release_are_selected() {
    assert_eq!(
        selector(Some("shop")),
        "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name in \
         (code-delivery-purchases,code-delivery-invoices,code-delivery-notifications),app.kubernetes.io/instance=shop"
    );
    assert!(selector(None).ends_with("code-delivery-notifications)"));
}

#[tokio::test]
async fn behind_an_entrance_there_are_all_of_them() {
    let arguments = EntranceArguments { entrance: Some("http://127.0.0.1:30080/".to_owned()) };
    let found = arguments.find(&Connection::default(), None).await.unwrap();
    assert!(found.invoices.is_some() && found.notifications.is_some());
    let wrong = EntranceArguments { entrance: Some("127.0.0.1:30080".to_owned()) };
    let message = wrong.find(&Connection::default(), None).await.err().unwrap().to_string();
    assert_eq!(
        message,
        "127.0.0.1:30080 is not an address of a service of purchases (it has no scheme); write it as http://127.0.0.1:30080."
    );
}
