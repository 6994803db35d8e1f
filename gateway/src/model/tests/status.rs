use super::*;

#[test]
fn a_status_is_read_back_and_only_a_change_is_reported() {
    let present = StatusCell::default();
    let all = [Availability::Available, Availability::Unavailable, Availability::Off];
    for (kafka, delivery_store) in
        all.into_iter().flat_map(|kafka| all.map(|delivery_store| (kafka, delivery_store))).skip(1)
    {
        let status = Status { kafka, delivery_store };
        assert!(present.set(status) && !present.set(status));
        assert_eq!(present.get(), status);
    }
}
