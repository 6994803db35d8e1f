use super::*;

fn groups() -> Groups {
    let config = KafkaConfig {
        bootstrap_servers: "127.0.0.1:9".to_owned(),
        topic_prefix: String::new(),
        group_prefix: "shop.".to_owned(),
        properties_directory: None,
    };
    Groups::of(config, "test", "compra".to_owned())
}

fn named(names: &[&str]) -> Vec<(String, usize)> {
    names.iter().map(|name| ((*name).to_owned(), 1)).collect()
}

#[test]
fn those_of_this_installation_are_asked_first_and_no_more_than_there_is_time_for() {
    let asked = groups().worth_asking(named(&["b", "shop.invoices", "a", "shop.audit"]), Instant::now());
    assert_eq!(asked, named(&["shop.audit", "shop.invoices", "a", "b"]));
    let many: Vec<_> = (0..1_000).map(|number| (format!("group-{number}"), 0)).collect();
    assert_eq!(groups().worth_asking(many, Instant::now()).len(), MAX);
}

#[test]
fn one_that_reads_other_topics_is_asked_again_after_a_while() {
    let (mut groups, now) = (groups(), Instant::now());
    groups.elsewhere.insert("a".to_owned(), now);
    assert_eq!(groups.worth_asking(named(&["a", "b"]), now + ELSEWHERE / 2), named(&["b"]));
    assert_eq!(groups.worth_asking(named(&["a", "b"]), now + ELSEWHERE), named(&["a", "b"]));
    assert!(groups.elsewhere.is_empty());
}

#[test]
fn a_partition_in_which_nothing_is_committed_has_no_offset() {
    let mut places = groups().places(&[0, 1], Offset::Invalid).unwrap();
    places.set_partition_offset("compra", 1, Offset::Offset(7)).unwrap();
    assert_eq!(offsets(&places), BTreeMap::from([(1, 7)]));
}

#[test]
fn without_kafka_there_is_an_error_and_no_wait_for_ever() {
    let begun = Instant::now();
    assert!(matches!(groups().look(), Err(GroupsError::Kafka(_))));
    assert!(begun.elapsed() < LIMIT * 3, "{:?}", begun.elapsed());
}
