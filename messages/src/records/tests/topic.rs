use super::*;

#[test]
fn a_prefixed_name_leads_back_to_its_topic() {
    let topics = Topics::new("north.");
    for topic in Topic::ALL.into_iter().chain(Topic::PURCHASES) {
        assert_eq!(topics.topic(&topics.name(topic)), Some(topic));
        assert_eq!(topics.topic(topic.name()), None, "a name without the prefix is another installation's");
    }
}
