use super::*;

#[test]
fn an_answer_goes_to_everyone_who_asked_and_once() {
    let mut waiting = Waiting::default();
    waiting.register(1, "r1", "a");
    waiting.register(2, "r1", "b");
    waiting.register(2, "r1", "b again");
    waiting.register(1, "r2", "c");
    assert_eq!(waiting.take("r1"), ["a", "b"]);
    assert!(waiting.take("r1").is_empty());
    waiting.leave(1);
    assert!(waiting.take("r2").is_empty());
    waiting.leave(2);
    assert!(waiting.is_empty() && waiting.connections.is_empty());
}

#[test]
fn a_connection_that_only_asks_is_bounded() {
    let mut waiting = Waiting::default();
    for request in 0..10 * MAX {
        waiting.register(1, &request.to_string(), ());
    }
    assert_eq!(waiting.requests.len(), MAX);
    assert!(waiting.take("0").is_empty());
    assert_eq!(waiting.take(&(10 * MAX - 1).to_string()).len(), 1);
}

#[test]
fn one_request_can_be_given_up() {
    let mut waiting = Waiting::default();
    waiting.register(1, "r1", ());
    waiting.register(2, "r1", ());
    waiting.cancel(1, "r1");
    assert_eq!(waiting.take("r1").len(), 1);
}
