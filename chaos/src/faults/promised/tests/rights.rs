use super::*;

fn subject() -> Subject {
    let (name, namespace) = ("code-delivery-operator".to_owned(), Some("code-delivery".to_owned()));
    Subject { api_group: None, kind: "ServiceAccount".to_owned(), name, namespace }
}

#[test]
fn what_is_taken_is_noted_and_given_back_as_it_was() {
    let taken = revocation(&[subject()]).unwrap();
    assert_eq!(taken["subjects"], Value::Null);
    let given = restoration(taken["metadata"]["annotations"][LABEL].as_str().unwrap()).unwrap();
    assert_eq!(given["subjects"], json!([subject()]));
    assert_eq!(given["metadata"]["annotations"], json!({LABEL: null}), "the note is removed");
}

#[test]
fn nothing_is_taken_where_nothing_is_and_nothing_given_back_without_a_note() {
    assert!(revocation(&[]).is_err());
    assert!(restoration("[]").is_err());
    assert!(restoration("not JSON").is_err());
}

#[test]
fn the_role_for_deliveries_is_not_the_role_for_the_operator_itself() {
    let role = |resource: &str| -> Role {
        serde_json::from_value(json!({"rules": [{"apiGroups": ["x"], "resources": [resource], "verbs": ["get"]}]}))
            .unwrap()
    };
    assert!(is_for_deliveries(&role("deliveries")));
    assert!(!is_for_deliveries(&role("leases")));
    assert!(!is_for_deliveries(&Role::default()));
}
