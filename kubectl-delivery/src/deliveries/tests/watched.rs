use super::*;

fn delivery(name: &str, phase: &str, percent: u32) -> Delivery {
    let text = format!(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: {{name: {name}, namespace: shop}}
spec: {{routeRef: {{name: primeiro}}}}
status: {{phase: {phase}, progressPercent: {percent}}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn only_changes_are_returned_and_running_deliveries_come_first() {
    let mut watched = WatchedDeliveries::new([], false);
    assert!(watched.apply(&delivery("a", "Finished", 100)).is_some());
    assert_eq!(watched.apply(&delivery("b", "Running", 3)).unwrap().percent, 3);
    assert!(watched.apply(&delivery("b", "Running", 3)).is_none());
    assert!(watched.apply(&delivery("b", "Running", 4)).is_some());
    assert_eq!(watched.rows().iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn they_have_ended_when_all_are_listed_and_final() {
    let mut watched = WatchedDeliveries::new(["a".to_owned(), "b".to_owned()], true);
    watched.begin_list();
    watched.apply(&delivery("a", "Finished", 100));
    watched.apply(&delivery("c", "Running", 1));
    assert!(!watched.have_ended(), "the list is not complete yet");
    watched.end_list();
    assert!(watched.have_ended());
    assert_eq!(watched.missing(), ["b"]);
    watched.apply(&delivery("b", "Running", 1));
    assert!(!watched.have_ended() && watched.missing().is_empty());
    watched.apply(&delivery("b", "Failed", 1));
    assert!(watched.have_ended() && watched.has_failed());
}

#[test]
fn deliveries_that_a_new_list_lacks_are_gone() {
    let mut watched = WatchedDeliveries::new([], false);
    watched.apply(&delivery("a", "Running", 1));
    watched.apply(&delivery("b", "Running", 1));
    watched.begin_list();
    watched.apply(&delivery("b", "Running", 1));
    watched.end_list();
    assert_eq!(watched.rows().len(), 1);
    assert!(watched.has_failed(), "it had not finished");
}

#[test]
fn a_delivery_that_is_deleted_after_its_end_has_not_failed() {
    let mut watched = WatchedDeliveries::new([], false);
    watched.begin_list();
    watched.apply(&delivery("a", "Finished", 100));
    watched.apply(&delivery("b", "Running", 99));
    watched.end_list();
    assert!(watched.remove(&delivery("a", "Finished", 100)).is_some());
    assert!(!watched.has_failed() && !watched.have_ended());
    assert!(watched.remove(&delivery("b", "Running", 99)).is_some());
    assert!(watched.has_failed() && watched.have_ended(), "nothing is left to wait for");
}
