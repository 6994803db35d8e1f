use super::*;

/// Seconds after the connection was opened.
fn after(opened: Instant, seconds: u64) -> Instant {
    opened + Duration::from_secs(seconds)
}

#[test]
fn a_client_that_sends_nothing_is_gone_after_a_minute() {
    let opened = Instant::now();
    let mut pings = Pings::new(opened);
    assert!(!pings.are_due(after(opened, 19)));
    for seconds in [20, 40] {
        assert!(pings.are_due(after(opened, seconds)) && !pings.are_ignored());
        pings.sent(after(opened, seconds));
    }
    assert!(pings.are_due(after(opened, 60)) && pings.are_ignored());
}

#[test]
fn a_client_that_answers_stays() {
    let opened = Instant::now();
    let mut pings = Pings::new(opened);
    for round in 1..20 {
        assert!(pings.are_due(after(opened, round * 20)) && !pings.are_ignored());
        pings.sent(after(opened, round * 20));
        if round % 2 == 0 {
            pings.answered();
        }
    }
}

#[test]
fn a_client_that_could_not_be_pinged_while_it_read_slowly_is_not_gone() {
    let opened = Instant::now();
    let mut pings = Pings::new(opened);
    pings.sent(after(opened, 20));
    pings.answered();
    // It was written to for two minutes.
    assert!(pings.are_due(after(opened, 140)) && !pings.are_ignored());
    pings.sent(after(opened, 140));
    assert!(!pings.are_due(after(opened, 141)), "and has time to answer");
}

#[test]
fn a_tick_that_comes_a_little_early_pings() {
    let opened = Instant::now();
    assert!(Pings::new(opened).are_due(after(opened, 20).checked_sub(Duration::from_millis(400)).unwrap()));
}
