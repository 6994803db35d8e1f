use super::*;

#[test]
fn a_status_is_read_back_and_only_a_change_is_reported() {
    let present = StatusCell::default();
    let all = [Availability::Available, Availability::Unavailable, Availability::Off];
    for (kafka, history) in all.into_iter().flat_map(|kafka| all.map(|history| (kafka, history))).skip(1) {
        let status = Status { kafka, history };
        assert!(present.set(status) && !present.set(status));
        assert_eq!(present.get(), status);
    }
}
