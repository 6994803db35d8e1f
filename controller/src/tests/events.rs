use super::*;

#[test]
fn a_note_is_cut_between_characters_to_what_the_api_server_takes() {
    let short = event(EventType::Normal, "Ready", "Reconcile", "All is well.");
    assert_eq!((short.note.as_deref(), short.reason.as_str()), (Some("All is well."), "Ready"));
    let long = event(EventType::Warning, "Failed", "Reconcile", &delivery_fuzz::megabyte()).note.unwrap();
    assert_eq!(long.len(), 1_024);
    assert_eq!((truncate("aé", 2), truncate("aé", 3), truncate("", 0)), ("a", "aé", ""));
}
