use super::*;

const NOW: Millis = 1_795_340_100_000;
const NEVER: Millis = i64::MAX;

fn email() -> Email {
    Email::new("<invoice-1@example.com>".to_owned(), NOW)
}

fn not_taken() -> Outcome {
    Outcome::NotTaken("transient error (451)".to_owned())
}

#[test]
fn an_email_is_marked_before_it_is_sent_and_noted_afterwards() {
    let sending = email().claimed(NOW, "a").unwrap();
    assert_eq!((sending.state, sending.attempts, sending.is_resent), (EmailState::Sending, 1, false));
    let sent = sending.after(&Outcome::Sent, NOW + 40, NEVER);
    assert_eq!((sent.state, sent.sent_at, sent.revision), (EmailState::Sent, Some(NOW + 40), 2));
    assert_eq!(sent.message_id, email().message_id);
    assert!(sent.is_settled() && sent.claimed(NEVER, "a").is_none());
}

#[test]
fn nobody_takes_an_email_from_its_sender_before_the_lease_ends_and_then_it_says_that_it_comes_again() {
    let sending = email().claimed(NOW, "a").unwrap();
    assert_eq!(sending.claimed(NOW + LEASE - 1, "a"), None);
    let again = sending.claimed(NOW + LEASE, "a").unwrap();
    assert_eq!((again.attempts, again.is_resent), (2, true));
    assert_eq!(again.after(&Outcome::Sent, NOW + LEASE, NEVER).state, EmailState::Sent);
}

#[test]
fn an_email_that_the_server_did_not_take_comes_later_and_later_but_at_least_every_minute() {
    let (mut email, mut now, mut waits) = (email(), NOW, Vec::new());
    for _ in 0..9 {
        email = email.claimed(now, "a").unwrap().after(&not_taken(), now, NEVER);
        assert_eq!((email.state, email.is_resent), (EmailState::Pending, false));
        assert_eq!(email.claimed(email.due_at - 1, "a"), None);
        waits.push(email.due_at - now);
        now = email.due_at;
    }
    assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert_eq!(email.last_error.as_deref(), Some("transient error (451)"));
}

#[test]
fn once_an_attempt_may_have_arrived_each_later_one_says_that_it_comes_again() {
    let doubtful = email().claimed(NOW, "a").unwrap().after(&Outcome::InDoubt("timeout".to_owned()), NOW, NEVER);
    let second = doubtful.claimed(doubtful.due_at, "a").unwrap();
    assert!(second.is_resent);
    let refused = second.after(&not_taken(), second.due_at, NEVER);
    assert!(refused.claimed(refused.due_at, "a").unwrap().is_resent);
}

#[test]
fn a_refused_recipient_is_a_bounce_and_one_that_nobody_takes_for_too_long_a_failure() {
    let sending = email().claimed(NOW, "a").unwrap();
    let bounced = sending.after(&Outcome::Refused("permanent error (550): no such user".to_owned()), NOW, NEVER);
    assert_eq!(bounced.state, EmailState::Bounced);
    assert_eq!(bounced.last_error.as_deref(), Some("permanent error (550): no such user"));
    let often = Email { attempts: MIN_ATTEMPTS, ..sending.clone() };
    let failed = often.after(&not_taken(), NOW, NOW + 500);
    assert_eq!(failed.state, EmailState::Failed);
    assert_eq!(often.after(&not_taken(), NOW, NEVER).state, EmailState::Pending);
    assert!(bounced.is_settled() && failed.is_settled());
}

#[test]
fn a_long_error_is_cut() {
    let long = Outcome::NotTaken(delivery_fuzz::megabyte());
    let kept = email().claimed(NOW, "a").unwrap().after(&long, NOW, NEVER).last_error.unwrap();
    assert!(kept.len() <= 512 && kept.ends_with('…'), "{} bytes", kept.len());
}

#[test]
fn a_clock_that_was_ahead_neither_gives_an_email_up_nor_puts_it_off_for_long() {
    let ahead = NOW + 60 * 86_400_000;
    let later = email().claimed(ahead, "a").unwrap().after(&not_taken(), ahead, NOW + 72 * 3_600_000);
    assert_eq!(later.state, EmailState::Pending);
    let again = later.claimed(NOW, "b").unwrap();
    assert_eq!((again.attempts, again.is_resent), (2, false));
    let killed = email().claimed(ahead, "a").unwrap();
    assert!(killed.claimed(NOW, "b").unwrap().is_resent);
    assert!(!is_due(NOW + LEASE, NOW) && !is_due(NOW + LAST_RETRY, NOW));
}
