use super::*;

/// How long positions that arrive at these milliseconds wait, each published to this many clients as soon as allowed.
fn waits(times: impl IntoIterator<Item = u64>, clients: usize) -> Vec<u128> {
    let began = Instant::now() + Duration::from_mins(1);
    let mut pace = Pace::default();
    let mut wait = |time| {
        let came = began + Duration::from_millis(time);
        let now = pace.next().map_or(came, |next| next.max(came));
        assert!(pace.allows(now));
        pace.published(now, 1, clients);
        (now - came).as_millis()
    };
    times.into_iter().map(&mut wait).collect()
}

#[test]
fn rare_positions_never_wait_even_when_two_come_together_and_many_clients_listen() {
    for clients in [1, 5_000] {
        assert!(waits((0..100).map(|number| number * 50), clients).iter().all(|wait| *wait == 0));
        let pairs = (0..100).map(|number| number * 50 + number % 2 * 45);
        assert!(waits(pairs, clients).iter().all(|wait| *wait == 0));
    }
}

#[test]
fn frequent_positions_are_published_less_often_the_more_clients_listen() {
    for (clients, every) in [(0, 40), (100, 40), (200, 60), (1_000, 100), (usize::MAX, 100)] {
        let mut pace = Pace::default();
        let began = Instant::now() + Duration::from_mins(1);
        let (mut published, mut waiting) = (Vec::new(), 0);
        for millisecond in 0..10_000 {
            waiting += 1;
            let now = began + Duration::from_millis(millisecond);
            if pace.allows(now) {
                pace.published(now, std::mem::take(&mut waiting), clients);
                published.push(millisecond);
            }
        }
        let steady: Vec<_> = published.windows(2).map(|pair| pair[1] - pair[0]).skip(10).collect();
        assert!(steady.iter().all(|gap| *gap == every), "{clients} clients: {steady:?}");
    }
}
