use super::*;

fn at(step: Step, code: Option<u16>, text: &str) -> Failure {
    Failure::of(step, code, text)
}

#[test]
fn only_an_answer_about_the_recipient_is_for_good() {
    for step in [Step::Recipient, Step::Content] {
        for code in [501, 550, 551, 552, 553, 556] {
            assert!(matches!(at(step, Some(code), "permanent error"), Failure::Refused(_)), "{code}");
        }
        for code in [421, 450, 451, 452, 454, 500, 503, 530, 535, 554] {
            assert!(matches!(at(step, Some(code), "an error"), Failure::NotTaken(_)), "{code}");
        }
        let text = "permanent error (554): 5.1.1 no such user";
        assert_eq!(at(step, Some(554), text), Failure::Refused(text.to_owned()));
        let text = "permanent error (554): 5.7.1 blocked";
        assert_eq!(at(step, Some(554), text), Failure::NotTaken(text.to_owned()));
    }
}

#[test]
fn an_answer_to_the_sender_or_the_login_is_not_the_recipients_fault() {
    for code in [501, 535, 550, 553, 554] {
        assert!(matches!(at(Step::Before, Some(code), "5.1.8 bad sender"), Failure::NotTaken(_)), "{code}");
    }
}

#[test]
fn without_an_answer_only_the_content_may_have_been_taken() {
    assert!(matches!(at(Step::Before, None, "refused"), Failure::NotTaken(_)));
    assert!(matches!(at(Step::Recipient, None, "broken pipe"), Failure::NotTaken(_)));
    assert!(matches!(at(Step::Content, None, "broken pipe"), Failure::InDoubt(_)));
}

#[test]
fn of_a_long_answer_the_beginning_is_kept() {
    let long = format!("permanent error (550): {}", "no such user ".repeat(100_000));
    let Failure::Refused(kept) = at(Step::Recipient, Some(550), &long) else { panic!("it is about the recipient") };
    assert!(kept.len() <= MAX_ANSWER && kept.starts_with("permanent error (550): no such user"), "{}", kept.len());
}
