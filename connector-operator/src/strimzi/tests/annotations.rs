use super::*;

fn with(name: &str, value: &str) -> KafkaConnector {
    let mut connector = KafkaConnector::new("lines", crate::strimzi::connector::ConnectorSpec::default());
    connector.metadata.annotations = Some([(name.to_owned(), value.to_owned())].into());
    connector
}

#[test]
fn a_restart_is_asked_for_in_four_ways() {
    let asked = |value| restart(&with(RESTART, value)).unwrap().map(|it| (it.include_tasks, it.only_failed));
    assert_eq!(asked("true"), Some((false, false)));
    assert_eq!(asked("includeTasks"), Some((true, false)));
    assert_eq!(asked("onlyFailed"), Some((false, true)));
    assert_eq!(asked(" onlyFailed, includeTasks"), Some((true, true)));
    assert_eq!((asked("false"), asked("")), (None, None));
    for wrong in ["yes", "true,includeTasks", "false,onlyFailed", "includeTasks,now", ",", "true,true"] {
        assert!(restart(&with(RESTART, wrong)).unwrap_err().to_string().contains("includeTasks"), "{wrong}");
    }
}

#[test]
fn a_task_is_named_by_its_number() {
    assert_eq!(restart_task(&with(RESTART_TASK, "3")), Ok(Some(3)));
    assert_eq!(restart_task(&with("other", "3")), Ok(None));
    for wrong in ["", "-1", "first", "1,2"] {
        assert!(restart_task(&with(RESTART_TASK, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn offsets_are_listed_altered_or_reset() {
    assert_eq!(offsets(&with(OFFSETS, "reset")), Ok(Some(Offsets::Reset)));
    assert_eq!(offsets(&with(OFFSETS, "none")), Ok(None));
    assert!(offsets(&with(OFFSETS, "delete")).unwrap_err().to_string().contains("alter"));
}

#[test]
fn only_true_pauses() {
    assert!(is_paused(&with(PAUSE, "true")) && is_paused(&with(PAUSE, "True")));
    assert!(!is_paused(&with(PAUSE, "false")) && !is_paused(&with(PAUSE, "")));
}
