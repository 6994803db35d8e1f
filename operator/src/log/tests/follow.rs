use delivery_observability::Heartbeat;
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;
use crate::base::metrics::Metrics;
use crate::leadership::guard::LeadershipGuard;
use crate::testing::kafka;

#[tokio::test]
async fn a_leader_decides_nothing_before_it_is_known_that_the_topics_are_fit_for_use() {
    let (_broker, config) = kafka::broker();
    let leading = watch::Sender::new(true);
    let guard = LeadershipGuard::unlimited();
    let log = Arc::new(Log::open(&config, guard, leading.subscribe(), Metrics::default()).unwrap());
    let following = Arc::clone(&log);
    tokio::spawn(async move {
        let heartbeat = Heartbeat::new(Duration::from_mins(1));
        following.follow(&Wake::default(), &heartbeat, || ()).await
    });
    assert!(timeout(Duration::from_secs(3), log.wait_until_caught_up()).await.is_err());
    log.set_topics_fit();
    timeout(Duration::from_secs(45), log.wait_until_caught_up()).await.unwrap();
}
