use super::*;
use crate::domain::testing::NOW;

fn unavailable() -> Result<(), MailError> {
    Err(Failure::NotTaken("connection refused".to_owned()).into())
}

#[test]
fn what_the_server_took_is_sent() {
    assert_eq!(end(Ok(()), 3, 0, NOW), MailEnd::Sent { at: NOW });
}

#[test]
fn an_address_that_is_refused_for_good_is_not_tried_again() {
    let refused = Err(Failure::Refused("permanent error (550): no such user".to_owned()).into());
    let MailEnd::Bounced { error } = end(refused, 1, 0, NOW) else { panic!("it is tried again") };
    assert!(error.contains("no such user"), "{error}");
    let wrong = Err(MailError::Address("no".to_owned()));
    assert!(matches!(end(wrong, 1, 0, NOW), MailEnd::Bounced { .. }));
}

#[test]
fn what_may_be_the_servers_fault_is_tried_again() {
    let unknown = || Err(MailError::Recipient("The database does not answer.".to_owned()));
    for (outcome, word) in [(unavailable(), "connection refused"), (unknown(), "database")] {
        let MailEnd::Later { due, error, in_doubt } = end(outcome, 1, 0, NOW) else { panic!("{word}") };
        assert_eq!((due, in_doubt), (NOW + 2_000, false));
        assert!(error.contains(word) && error.ends_with('.'), "{error}");
    }
}

#[test]
fn what_the_server_may_have_taken_is_tried_again_and_remembered_as_such() {
    let lost = Err(Failure::InDoubt("the connection broke".to_owned()).into());
    assert!(matches!(end(lost, 1, 0, NOW), MailEnd::Later { in_doubt: true, .. }));
}

#[test]
fn the_pauses_grow_to_a_minute() {
    let pauses: Vec<Millis> = (1..=8).map(pause).collect();
    assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert_eq!((pause(0), pause(u64::MAX)), (2_000, 60_000));
}

#[test]
fn a_mail_is_given_up_after_a_day_and_not_because_it_was_old_to_begin_with() {
    let day = PATIENCE + 1;
    assert!(matches!(end(unavailable(), ATTEMPTS, day, NOW), MailEnd::Failed { .. }));
    assert!(matches!(end(unavailable(), 1, 30 * day, NOW), MailEnd::Later { .. }));
    assert!(
        matches!(end(unavailable(), 1_000, 600_000, NOW), MailEnd::Later { .. }),
        "the server may be away for long"
    );
}
