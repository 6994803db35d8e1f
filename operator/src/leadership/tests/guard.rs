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

#[test]
fn the_clock_counts_the_time_that_the_machine_was_suspended() {
    // The kernel's uptime does, to a hundredth of a second; the clock of `Instant` does not.
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    let clock = LeadershipGuard::default().clock().as_secs_f64();
    assert!((uptime - 0.01..uptime + 5.0).contains(&clock), "{clock} is not the uptime {uptime}");
}

#[tokio::test]
async fn an_api_server_that_accepts_a_request_and_does_not_answer_holds_it_up_no_longer_than_the_time_limit() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap()).parse().unwrap();
    let (limit, requests) = (Duration::from_millis(50), ApiRequests::default());
    let client = LeadershipGuard::default().client_within(limit, Config::new(address), &requests).unwrap();
    let asked = tokio::time::timeout(Duration::from_secs(20), client.apiserver_version());
    let error = asked.await.expect("it is given up").unwrap_err();
    assert!(format!("{error:?}").contains("Silent"), "{error:?}");
}
