use super::*;

#[test]
fn a_reply_goes_to_every_client_that_asked_and_only_once() {
    let mut waiting = PendingRequests::default();
    waiting.register(1, "r1", "a");
    waiting.register(2, "r1", "b");
    waiting.register(2, "r1", "b again");
    waiting.register(1, "r2", "c");
    assert_eq!(waiting.take("r1"), ["a", "b"]);
    assert!(waiting.take("r1").is_empty());
    waiting.leave(1);
    assert!(waiting.take("r2").is_empty());
    waiting.leave(2);
    assert!(waiting.is_empty());
}

#[test]
fn the_requests_of_one_connection_are_bounded() {
    let mut waiting = PendingRequests::default();
    for request in 0..10 * MAX {
        waiting.register(1, &request.to_string(), ());
    }
    assert_eq!(waiting.requests.len(), MAX);
    assert!(waiting.take("0").is_empty());
    assert_eq!(waiting.take(&(10 * MAX - 1).to_string()).len(), 1);
}

#[test]
fn the_requests_of_all_connections_are_bounded_and_the_oldest_goes_first() {
    const { assert!(MAX_IN_ALL <= 4096, "charts/tests/chart/memory.rs counts no more; raise it there too") };
    let mut waiting = PendingRequests::default();
    let connections = u64::try_from(MAX_IN_ALL).unwrap() + 10;
    for connection in 0..connections {
        waiting.register(connection, &connection.to_string(), ());
    }
    let sizes = (waiting.requests.len(), waiting.connections.len(), waiting.order.len());
    assert_eq!(sizes, (MAX_IN_ALL, MAX_IN_ALL, MAX_IN_ALL));
    assert!(!waiting.waits_for("9") && waiting.waits_for("10"));
    for connection in 0..connections {
        waiting.leave(connection);
    }
    assert!(waiting.is_empty());
}

#[test]
fn one_request_can_be_cancelled() {
    let mut waiting = PendingRequests::default();
    waiting.register(1, "r1", ());
    waiting.register(2, "r1", ());
    waiting.cancel(1, "r1");
    assert_eq!(waiting.take("r1").len(), 1);
}
