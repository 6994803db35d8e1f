use super::*;

#[test]
fn a_line_has_a_topic_a_key_a_time_and_a_value_with_spaces() {
    let lines = b"delivery.plan d1 7 {\"a\": 1}\ndelivery.plan d1 x -\n\n\xff - \nroute.new-position";
    let plan = Line { topic: "delivery.plan", key: Some(b"d1"), time: 7, value: Some(b"{\"a\": 1}") };
    let empty = Some(&b""[..]);
    assert_eq!(
        Line::all(lines).collect::<Vec<_>>(),
        [
            plan,
            Line { time: 0, value: None, ..plan },
            Line { topic: "", key: None, time: 0, value: empty },
            Line { topic: "route.new-position", key: empty, time: 0, value: empty },
        ]
    );
}
