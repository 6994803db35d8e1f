use super::*;

const SUMMARY: &str = "% 5000000 messages produced (600000000 bytes), 5000000 delivered (offset 9, 0 failed) in 2238ms: 2234137 msgs/s and \
                       268.10 MB/s, 0 produce failures, 0 in queue, no compression";

#[test]
fn the_last_summary_counts() {
    let early = SUMMARY.replace("2234137", "1");
    assert!((reached(&format!("{early}\n{SUMMARY}\n")).unwrap() - 2_234_137.0).abs() < 1e-9);
}

#[test]
fn a_peer_that_lost_messages_or_says_nothing_is_no_figure() {
    assert!(reached(&SUMMARY.replace("0 failed", "7 failed")).is_err());
    assert!(reached("% connecting\n").is_err());
}

#[test]
fn it_is_given_enough_messages_that_its_start_does_not_count() {
    assert_eq!(messages(1_000.0, 10), "1000000");
    assert_eq!(messages(300_000.4, 10), "3000004");
}
