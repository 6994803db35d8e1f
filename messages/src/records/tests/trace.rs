use proptest::prelude::*;

use super::*;

const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn a_traceparent_is_read_and_written_again() {
    let given: TraceParent = GIVEN.parse().unwrap();
    assert_eq!((given.span, given.flags), (0x00f0_67aa_0ba9_02b7, 1));
    assert_eq!(given.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(given.to_string(), GIVEN);
}

#[test]
fn only_what_the_standard_allows_is_a_traceparent() {
    for text in [
        "",
        "<script>",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
    ] {
        assert!(!TraceParent::is_valid(text), "{text}");
    }
}

#[test]
fn the_trace_of_a_delivery_follows_from_its_id() {
    let derived = TraceParent::derived("7d0c6a1e-0000-4000-8000-000000000001");
    assert_eq!(derived, TraceParent::derived("7d0c6a1e-0000-4000-8000-000000000001"));
    assert_ne!(derived.trace, TraceParent::derived("another").trace);
    assert_eq!(derived.to_string().parse::<TraceParent>(), Ok(derived));
    // The first 48 digits of the id's SHA-256: objects and records of earlier releases have them.
    assert_eq!(TraceParent::derived("abc").to_string(), "00-ba7816bf8f01cfea414140de5dae2223-b00361a396177a9c-01");
}

proptest! {
    #[test]
    fn what_is_valid_is_written_as_it_was_read(text in "0[01]-[0-9a-fA-F]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{2}-?") {
        if let Ok(read) = text.parse::<TraceParent>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn every_trace_can_be_read_again(trace in 1_u128.., span in 1_u64.., flags in any::<u8>()) {
        let given = TraceParent { trace, span, flags };
        prop_assert_eq!(given.to_string().parse::<TraceParent>(), Ok(given));
    }
}
