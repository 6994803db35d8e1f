use http::Method;

use super::*;

#[test]
fn a_guard_expires_by_itself() {
    let guard = LeadershipGuard::default();
    assert!(!guard.holds(), "a new process does not lead");
    guard.set(guard.clock() + Duration::from_millis(30));
    assert!(guard.holds());
    std::thread::sleep(Duration::from_millis(40));
    assert!(!guard.holds());
    guard.set(guard.clock() + Duration::from_mins(1));
    guard.end();
    assert!(!guard.holds() && LeadershipGuard::unlimited().holds());
}

#[test]
fn a_process_that_does_not_lead_reads_and_does_not_write() {
    let guard = LeadershipGuard::default();
    let check = guard.check();
    let ask = |method: Method| check(Request::builder().method(method).body(Body::empty()).unwrap()).map(drop);
    ask(Method::GET).unwrap();
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert!(ask(method.clone()).unwrap_err().is::<NotLeading>(), "{method}");
    }
    guard.set(guard.clock() + Duration::from_mins(1));
    ask(Method::PATCH).unwrap();
}
