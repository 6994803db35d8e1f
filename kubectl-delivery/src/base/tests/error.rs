use super::*;

#[derive(Debug, thiserror::Error)]
#[error("The answer: {0}.")]
struct Answered(bool);

impl Problem for Answered {
    fn reason(&self) -> &'static str {
        "Answered"
    }

    fn is_answer(&self) -> bool {
        self.0
    }
}

#[test]
fn the_exit_code_tells_an_answer_from_a_command_that_could_not_be_run() {
    let refused = || kube::Error::Api(Box::new(kube::core::Status::failure("it is denied", "Forbidden")));
    assert_eq!(Error::from(Answered(true)).exit_code(), 1);
    assert_eq!(Error::from(Answered(false)).exit_code(), 2);
    assert_eq!(Error::api("Cannot ask")(refused()).exit_code(), 2);
    assert_eq!(Error::Interrupted.exit_code(), 130);
}

#[test]
fn an_answer_of_the_server_and_a_server_that_does_not_answer_are_told_apart() {
    let refused = kube::Error::Api(Box::new(kube::core::Status::failure("it is denied.", "Forbidden")));
    let refused = Error::api("Cannot ask")(refused);
    assert!(!refused.is_unreachable());
    assert_eq!(refused.to_string(), "Cannot ask: it is denied (Forbidden)");
    let cause = std::io::Error::other("connection refused");
    let unreachable = Error::api("Cannot ask")(kube::Error::Service(Box::new(cause)));
    assert!(unreachable.is_unreachable());
    assert_eq!(unreachable.to_string(), "Cannot ask: connection refused", "the cause, not that there is one");
}
