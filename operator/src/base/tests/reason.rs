use super::*;

#[test]
fn every_reason_is_read_as_it_was_written_and_explains_a_condition() {
    for reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        assert!(!reason.conditions().is_empty());
    }
    assert_eq!(Reason::parse("ImagePullBackOff"), None);
}

#[test]
fn only_what_needs_attention_is_a_warning() {
    for normal in ["UnderWay", "Starting", "PodPending", "PodTerminating", "Suspended", "Finished", "KafkaUnavailable"]
    {
        assert!(matches!(event_type(normal), EventType::Normal), "{normal}");
    }
    for alarming in ["RouteNotFound", "PodFailed", "GivenUp", "ApiError", "ImagePullBackOff", "Unschedulable"] {
        assert!(matches!(event_type(alarming), EventType::Warning), "{alarming}");
    }
}
