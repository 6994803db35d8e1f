use super::*;

#[test]
fn connections_are_closed_evenly_over_the_time_of_draining() {
    let drain = Duration::from_secs(10);
    let mut turns: Vec<_> = (0..1_000).map(|connection| turn(connection, drain)).collect();
    turns.sort_unstable();
    assert!(turns[999] <= drain);
    for (place, turn) in turns.iter().enumerate() {
        let even = drain.mul_f64(f64::from(u32::try_from(place).unwrap()) / 1_000.0);
        assert!(turn.abs_diff(even) < Duration::from_millis(500), "{place}: {turn:?}");
    }
}

/// The size of a connection's task and of what it holds of its client, bytes, besides the socket's buffers. Most
/// connections are idle, and there are thousands of them.
#[test]
fn the_task_of_an_idle_connection_is_small() {
    fn of_run<T>(_: impl Fn(Arc<Gateway>, Subscription, TcpStream, Bytes, PeerAddress) -> T) -> usize {
        size_of::<T>()
    }
    fn of_serve<T>(_: impl Fn(Arc<Gateway>, Subscription, TcpStream, Bytes, Admission) -> T) -> usize {
        size_of::<T>()
    }
    let mode = of_run(run::<LatestFeed>).max(of_run(run::<AllFeed>));
    let sizes = [mode, of_serve(serve), size_of::<Peer>()];
    assert!(sizes.iter().sum::<usize>() <= 4096, "{sizes:?}");
}
