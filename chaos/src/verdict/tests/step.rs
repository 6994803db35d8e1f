use serde_json::json;

use super::*;

#[derive(Serialize)]
struct Counted {
    count: u32,
}

impl Seen for Counted {
    fn columns(&self) -> String {
        format!("{:>6}", self.count)
    }
}

fn step(hit: bool, target: &str) -> Done<Counted> {
    Done { at: 31.4, fault: "kill -9 Kafka", target: target.to_owned(), hit, seen: Counted { count: 7 } }
}

#[test]
fn a_row_is_as_wide_as_its_header_however_long_the_name_is() {
    let head = head(&format!("{:>6}", "COUNT"));
    for target in ["kafka-0", &"n".repeat(60)] {
        assert_eq!(step(true, target).row().chars().count(), head.chars().count(), "{target}");
    }
}

#[test]
fn what_was_not_hit_says_why_and_breaks_the_promise() {
    let steps = [step(true, "kafka-0"), step(false, "none is running")];
    assert!(steps[1].row().ends_with("not done: none is running"), "{}", steps[1].row());
    assert_eq!(carried_out(&steps[..1]).kept, Some(true));
    assert_eq!(carried_out(&steps).facts, ["kill -9 Kafka at 31 s: none is running"]);
}

#[test]
fn the_output_has_what_was_seen_beside_the_step() {
    let expected = json!({"at": 31.4, "harm": "kill -9 Kafka", "target": "kafka-0", "done": true, "count": 7});
    assert_eq!(serde_json::to_value(step(true, "kafka-0")).unwrap(), expected);
}
