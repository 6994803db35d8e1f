use super::*;

/// The table of reasons in docs/status.md: each with its conditions.
#[test]
fn the_documentation_lists_every_reason_with_its_conditions() {
    let page = std::fs::read_to_string("../docs/status.md").unwrap();
    let (_, table) = page.split_once("\n## Reasons\n").unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), Reason::ALL.len());
    for (reason, row) in Reason::ALL.iter().zip(rows) {
        let conditions: Vec<_> = reason.conditions().iter().map(|condition| format!("`{condition}`")).collect();
        let begins = format!("| `{}` | {} | ", reason.as_str(), conditions.join(", "));
        assert!(row.starts_with(&begins), "docs/status.md has {row:?}, not {begins:?}");
    }
}

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
