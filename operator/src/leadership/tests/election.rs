use super::*;
use crate::leadership::lease::{DEADLINE, RETRY};
use crate::testing::lease::LeaseServer;

const MOMENT: Duration = Duration::from_millis(100);

async fn leads(leading: &mut watch::Receiver<bool>) {
    tokio::time::timeout(Duration::from_mins(1), leading.wait_for(|leads| *leads)).await.unwrap().unwrap();
}

fn run(election: Box<Election>) -> (watch::Sender<bool>, tokio::task::JoinHandle<Ended>) {
    let (resign, resigns) = watch::channel(false);
    (resign, tokio::spawn(election.run(|| (), resigns)))
}

async fn lost(running: tokio::task::JoinHandle<Ended>) -> Box<Election> {
    match tokio::time::timeout(Duration::from_mins(1), running).await.unwrap().unwrap() {
        Ended::Lost(election) => election,
        Ended::Resigned => panic!("it has not lost the Lease"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_cannot_renew_the_lease_stands_again_and_leads_again() {
    let (server, client) = LeaseServer::start();
    let (election, guard) = LeaseServer::candidate(client);
    let mut leading = election.leading();
    let (_resign, running) = run(election);
    leads(&mut leading).await;
    tokio::time::sleep(DEADLINE * 3).await;
    assert!(guard.holds(), "it is renewed");

    server.silent(true);
    let since = guard.clock();
    let election = lost(running).await;
    let took = guard.clock().checked_sub(since).unwrap();
    assert!(took < DEADLINE + Duration::from_secs(5), "{took:?}");
    assert!(!guard.holds() && !*leading.borrow());

    let (_resign, running) = run(election);
    tokio::time::sleep(DEADLINE).await;
    assert!(!guard.holds(), "the server is silent still");
    server.silent(false);
    leads(&mut leading).await;
    assert!(guard.holds());
    for _ in 0..100 {
        if server.events().len() > 1 {
            break;
        }
        tokio::time::sleep(MOMENT).await;
    }
    assert_eq!(server.events(), ["LeaseAcquired", "LeaseAcquired"], "what is lost in silence cannot be told");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_another_has_taken_stands_by_and_leads_again_when_that_one_gives_it_up() {
    let (server, client) = LeaseServer::start();
    let (election, guard) = LeaseServer::candidate(client);
    let mut leading = election.leading();
    let (resign, running) = run(election);
    leads(&mut leading).await;
    server.give("b");
    let election = lost(running).await;
    assert_eq!(server.events(), ["LeaseAcquired", "LeaseLost"]);
    drop(resign);
    let (resign, running) = run(election);
    tokio::time::sleep(RETRY * 2).await;
    assert!(!guard.holds() && server.holder().as_deref() == Some("b"));
    server.give("");
    tokio::time::sleep(RETRY + MOMENT).await;
    assert!(guard.holds() && server.holder().as_deref() == Some("a"));

    resign.send_replace(true);
    assert!(matches!(running.await.unwrap(), Ended::Resigned));
    assert_eq!(server.holder().as_deref(), Some(""), "another can take it at once");
    assert!(!guard.holds() && !*leading.borrow());
}
