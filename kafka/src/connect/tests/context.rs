use super::*;

#[test]
fn a_problem_is_logged_once_in_a_while_and_an_end_never() {
    let (mut logged, now) = (HashMap::new(), Instant::now());
    assert!(is_due(RDKafkaErrorCode::AllBrokersDown, &mut logged, now));
    assert!(!is_due(RDKafkaErrorCode::AllBrokersDown, &mut logged, now + QUIET / 2));
    assert!(is_due(RDKafkaErrorCode::Authentication, &mut logged, now + QUIET / 2));
    assert!(is_due(RDKafkaErrorCode::AllBrokersDown, &mut logged, now + QUIET));
    assert!(!is_due(RDKafkaErrorCode::PartitionEOF, &mut logged, now));
}

#[test]
fn a_refusal_is_explained_with_its_reason_and_where_the_password_is() {
    let error = KafkaError::MetadataFetch(RDKafkaErrorCode::BrokerTransportFailure);
    let context = Context;
    assert!(why_away(&error).starts_with("Kafka does not answer: "), "{}", why_away(&error));
    context.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
    assert!(why_away(&error).contains("kafka.bootstrapServers"));
    context.error(
        KafkaError::Global(RDKafkaErrorCode::Authentication),
        "SASL authentication error: Authentication failed.",
    );
    assert_eq!(
        why_away(&error),
        "Kafka refuses the connection: SASL authentication error: Authentication failed. \
             Check the user, the password and the certificates in the Secret of the Kafka properties."
    );
}
