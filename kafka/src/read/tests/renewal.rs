use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use tokio::time::{Instant, sleep};

use super::*;

const TOPIC: &str = "delivery.plan";

fn look(id: &str, end: i64, position: i64) -> Look {
    Look {
        id: Some(id.to_owned()).filter(|id| !id.is_empty()),
        partitions: 1,
        ends: BTreeMap::from([(0, end)]),
        positions: BTreeMap::from([(0, position)]),
    }
}

/// One whose reader has read nothing yet.
fn unread(end: i64) -> Look {
    Look { positions: BTreeMap::new(), ..look("a", end, 0) }
}

fn after(looks: impl IntoIterator<Item = Look>) -> Option<Renewal> {
    let mut history = History::default();
    looks.into_iter().find_map(|look| history.take(TOPIC, look))
}

#[test]
fn a_log_that_grows_and_is_read_is_the_same_log() {
    assert_eq!(after((0..9).map(|at| look("a", at * 10, at * 10))), None);
    assert_eq!(after((0..9).map(|_| look("a", 10, 10))), None, "a quiet one too");
    assert_eq!(after((0..9).map(|at| look("a", 100 + at, at))), None, "and one that is read slowly");
    assert_eq!(after((0..9).map(|_| look("a", 10, 8))), None, "and one that ends with a marker of a transaction");
    assert_eq!(after((0..9).map(unread)), None, "and one of which nothing has been read");
}

#[test]
fn a_topic_with_another_id_is_another_topic_even_if_it_is_as_long() {
    let renewal = after([look("a", 10, 10), look("", 10, 10), look("b", 10, 10)]);
    assert_eq!(renewal, Some(Renewal::Recreated { topic: TOPIC.to_owned() }));
}

#[test]
fn a_topic_with_more_partitions_is_read_in_part_and_is_noticed() {
    let of = |partitions| Look { partitions, ..look("a", 10, 10) };
    assert_eq!(after([of(6), of(6), of(1), of(6)]), None, "a broker that has just started may not know all");
    let expected = Renewal::Grown { topic: TOPIC.to_owned(), before: 1, now: 6 };
    assert_eq!(after([of(1), of(1), of(6)]), Some(expected));
}

#[test]
fn a_partition_that_ends_earlier_has_lost_records() {
    let renewal = after([look("", 10, 10), look("", 0, 10)]);
    let expected = Renewal::Rewound { topic: TOPIC.to_owned(), partition: 0, before: 10, now: 0 };
    assert_eq!(renewal, Some(expected));
    // A partition that could not be looked at has not lost anything.
    let unknown = Look { ends: BTreeMap::new(), ..look("", 0, 10) };
    assert_eq!(after([look("", 10, 10), unknown.clone(), look("", 10, 10)]), None);
    assert!(after([look("", 10, 10), unknown, look("", 9, 10)]).is_some());
}

#[test]
fn a_partition_whose_end_moves_once_and_that_is_not_read_is_noticed() {
    let mut history = History::default();
    assert_eq!(history.take(TOPIC, look("a", 10, 10)), None);
    assert_eq!(history.take(TOPIC, look("a", 11, 10)), None, "it may be on its way");
    assert_eq!(history.take(TOPIC, look("a", 11, 10)), None);
    let expected = Renewal::Unread { topic: TOPIC.to_owned(), partition: 0, end: 11, position: 10 };
    assert_eq!(history.take(TOPIC, look("a", 11, 10)), Some(expected));
    assert!(INTERVAL * (PATIENCE + 1) <= Duration::from_secs(30));
}

/// A topic of one partition.
async fn create(admin: &AdminClient<DefaultClientContext>, topic: &str) {
    let new = NewTopic::new(topic, 1, TopicReplication::Fixed(1)).set("min.insync.replicas", "1");
    let deadline = Instant::now() + Duration::from_secs(30);
    // One of this name may still be being deleted.
    while !admin.create_topics([&new], &AdminOptions::new()).await.unwrap().iter().all(Result::is_ok) {
        assert!(Instant::now() < deadline, "{topic} cannot be created");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
#[ignore = "needs a Kafka, named by KAFKA"]
async fn who_uses_topics_in_groups_ends_within_half_a_minute_when_one_is_made_anew() {
    let config = KafkaConfig {
        bootstrap_servers: std::env::var("KAFKA").expect("KAFKA names the server"),
        topic_prefix: format!("test-renewal-{}.", std::process::id()),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let admin: AdminClient<DefaultClientContext> = config.client("test").unwrap().create().unwrap();
    let topics = [Topic::Purchase, Topic::CustomerErased];
    for topic in topics {
        create(&admin, &config.topic(topic)).await;
    }
    let client = partitions::client(&config, "test").unwrap();
    let watch = end_when_renewed(&config, &client, &topics, || ());
    let renew = async {
        sleep(INTERVAL + Duration::from_secs(2)).await;
        let topic = config.topic(Topic::Purchase);
        admin.delete_topics(&[topic.as_str()], &AdminOptions::new()).await.unwrap();
        create(&admin, &topic).await;
        sleep(Duration::from_secs(30)).await;
    };
    let ended = tokio::select! {
        ended = watch => ended,
        () = renew => panic!("nobody has noticed"),
    };
    let Err(WatchError::Renewed(Renewal::Recreated { topic })) = ended else { panic!("{ended:?}") };
    assert_eq!(topic, config.topic(Topic::Purchase));
    let names = topics.map(|topic| config.topic(topic));
    admin.delete_topics(&names.each_ref().map(String::as_str), &AdminOptions::new()).await.unwrap();
}
