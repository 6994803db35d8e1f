use super::*;

#[test]
fn the_state_is_read_behind_the_name_whatever_the_name_is() {
    assert_eq!(state("12 (java) T 1 12 12 0 -1"), Some('T'));
    assert_eq!(state("12 (a) S (b) R 1 12"), Some('R'));
    assert_eq!(state(""), None);
}

#[tokio::test]
async fn a_process_is_stopped_and_goes_on() {
    let mut child = Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
    let pids = [child.id().unwrap()];
    assert!(!are_stopped(&pids));
    stop(&pids).await.unwrap();
    assert!(are_stopped(&pids));
    go_on(&pids).await.unwrap();
    while are_stopped(&pids) {
        tokio::time::sleep(LOOK).await;
    }
    child.kill().await.unwrap();
    assert!(!are_stopped(&pids), "an ended process is not a stopped one");
    assert!(stop(&pids).await.is_err());
}
