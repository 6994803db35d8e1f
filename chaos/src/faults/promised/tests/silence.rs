use super::*;

#[test]
fn a_gateway_that_did_not_notice_is_named() {
    let gateway = |name: &str| Gateway::at(name, "10.85.0.7");
    let gateways = [gateway("a"), gateway("b")];
    let noticed = BTreeMap::from([("a".to_owned(), Duration::from_secs(7))]);
    let facts = unnoticed(&gateways, &noticed, Duration::from_secs(40));
    assert_eq!(facts.len(), 1);
    assert!(facts[0].starts_with("b did not say"), "{facts:?}");
    assert!(unnoticed(&gateways[..1], &noticed, Duration::from_secs(40)).is_empty());
}

#[tokio::test]
async fn what_was_stopped_goes_on_even_if_the_step_was_interrupted() {
    let mut child = tokio::process::Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
    let pids = vec![child.id().unwrap()];
    let silenced = Silenced(Mutex::new(pids.clone()));
    tokio::select! {
        ended = watch(&pids, &[], Duration::from_mins(1)) => panic!("it was not interrupted: {ended:?}"),
        () = async {
            while !process::are_stopped(&pids) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        } => {}
    }
    silenced.go_on().await.unwrap();
    while process::are_stopped(&pids) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().await.unwrap();
}
