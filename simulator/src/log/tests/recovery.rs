use super::*;

fn past(partition: i32, offset: i64) -> Past {
    let mut past = Past::default();
    let state = format!(
        r#"{{"deliveryId":"d","version":2,"phase":"Running","start":0,"seq":0,"at":0,"speed":0,"heading":0,
            "progress":0,"eta":0,"partition":{partition},"offset":{offset}}}"#
    );
    past.state(serde_json::from_str(&state).unwrap());
    past
}

#[test]
fn a_partition_is_read_once_from_the_oldest_offset_that_one_of_its_deliveries_needs() {
    let pasts = [past(1, 70), past(1, 50), past(2, 10), past(7, 10), past(3, 5), Past::default()];
    let found = oldest(&pasts, &[1, 1, 2, 2, 3, 4]);
    let expected = [(1, Offset::Offset(50)), (2, Offset::Beginning), (3, Offset::Offset(5))];
    assert_eq!(found, HashMap::from(expected));
}
