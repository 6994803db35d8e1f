use delivery_kafka::KafkaConfig;
use delivery_kafka::connect::context::Context;
use delivery_kafka::topics::description::describe;
use delivery_kafka::topics::topology::{TopicsConfig, drift, wanted};
use delivery_kafka::write::writer;
use delivery_messages::Topic;
use rdkafka::admin::{NewTopic, TopicReplication};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

use super::*;

#[test]
fn one_refusal_among_the_answers_is_a_refusal() {
    let refused = RDKafkaErrorCode::TopicAuthorizationFailed;
    assert!(accepted(vec![Ok::<_, (&str, _)>("a"), Ok("b")]).is_ok());
    assert!(matches!(accepted(vec![Ok("a"), Err(("b", refused))]), Err(KafkaError::AdminOp(code)) if code == refused));
}

#[tokio::test]
#[ignore = "needs a Kafka, named by KAFKA"]
async fn a_topic_that_was_born_wrong_is_put_right_until_it_holds_a_record() {
    let config = KafkaConfig {
        bootstrap_servers: std::env::var("KAFKA").expect("KAFKA names the server"),
        topic_prefix: format!("test-mend-{}.", std::process::id()),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let topics = TopicsConfig { replication_factor: 1, min_insync_replicas: 1, ..TopicsConfig::default() };
    let mut wanted = wanted(&config, &topics);
    let (empty, used) = (config.topic(Topic::Plan), config.topic(Topic::State));
    wanted.retain(|topic| [&empty, &used].contains(&&topic.name));
    let admin: Arc<AdminClient<Context>> =
        Arc::new(config.client("test").unwrap().create_with_context(Context).unwrap());
    // As a broker creates them by itself.
    let born =
        [&empty, &used].map(|name| NewTopic::new(name, 1, TopicReplication::Fixed(1)).set("min.insync.replicas", "1"));
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
    assert!(admin.create_topics(&born, &options).await.unwrap().iter().all(Result::is_ok));
    let producer: FutureProducer = writer::settings(&config, "test").unwrap().create().unwrap();
    producer.send(FutureRecord::to(&used).key("a").payload("b"), Timeout::Never).await.unwrap();
    let names = [empty.as_str(), used.as_str()];
    tokio::time::sleep(Duration::from_secs(2)).await;
    let found = describe(&admin, &names).await.unwrap();
    assert!(mend(&admin, &wanted, &found).await.unwrap());
    // Brokers learn of it one after the other.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let found = describe(&admin, &names).await.unwrap();
    for topic in &wanted {
        assert_eq!(drift(topic, &found[&topic.name]).is_none(), topic.name == empty, "{}", topic.name);
    }
    admin.delete_topics(&names, &options).await.unwrap();
}
