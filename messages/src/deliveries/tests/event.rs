use super::*;

fn event(reason: &str, at: Millis) -> DeliveryEvent {
    DeliveryEvent {
        reason: reason.to_owned(),
        message: format!("It is {reason}."),
        warning: false,
        first: at,
        last: at,
        count: 1,
    }
}

fn of(events: &[DeliveryEvent]) -> Vec<(&str, Millis, Millis, u32)> {
    events.iter().map(|event| (event.reason.as_str(), event.first, event.last, event.count)).collect()
}

#[test]
fn what_happens_again_is_counted_and_comes_last() {
    let mut events = Vec::new();
    add(&mut events, event("PodFailed", 10));
    add(&mut events, event("PodPending", 20));
    add(&mut events, event("PodFailed", 30));
    add(&mut events, event("PodFailed", 50));
    assert_eq!(of(&events), [("PodPending", 20, 20, 1), ("PodFailed", 10, 50, 3)]);
    add(&mut events, DeliveryEvent { message: "For another cause.".to_owned(), ..event("PodFailed", 60) });
    assert_eq!(events.len(), 3, "another sentence is another Event");
}

#[test]
fn there_are_never_more_than_a_plan_may_hold_and_the_oldest_leave() {
    let mut events = Vec::new();
    for number in 0..25 {
        add(&mut events, event(&format!("Number{number}"), number));
    }
    assert_eq!(events.len(), MAX_EVENTS);
    assert_eq!((events[0].first, newest(&events)), (15, 24));
}

#[test]
fn a_newer_list_is_known_by_its_newest_event_also_when_the_clock_was_set_back() {
    let mut events = Vec::new();
    assert!(newest(&events) < 0);
    add(&mut events, event("PodPending", 1_000));
    let before = newest(&events);
    add(&mut events, event("Starting", 400));
    assert!(newest(&events) > before);
    let before = newest(&events);
    add(&mut events, event("Starting", 300));
    assert!(newest(&events) > before);
}
