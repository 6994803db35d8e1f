use prometheus_client::encoding::{prometheus_protobuf, text};

use super::*;

/// The value of a metric without labels.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}:\n{text}")).parse().unwrap()
}

fn shown(registry: &Registry) -> String {
    let mut shown = String::new();
    text::encode(&mut shown, registry).unwrap();
    shown
}

#[test]
fn a_process_shows_its_processor_time_its_memory_and_its_start() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let registry = registry();
    let first = shown(&registry);
    assert!(value(&first, "process_resident_memory_bytes") > 100_000.0, "{first}");
    let started = value(&first, "process_start_time_seconds");
    assert!(started >= before && started < before + 60.0, "{first}");

    let used = value(&first, "process_cpu_seconds_total");
    while processor_time().as_secs_f64() < used + 0.01 {}
    let second = shown(&registry);
    assert!(value(&second, "process_cpu_seconds_total") > used, "{first}{second}");
    assert!((value(&second, "process_start_time_seconds") - started).abs() < 0.001, "it does not change");
    assert!(!prometheus_protobuf::encode_to_vec(&registry).unwrap().is_empty());
}

#[test]
fn memory_is_read_in_kibibytes() {
    assert_eq!(resident("Name:\tgateway\nVmHWM:\t    9000 kB\nVmRSS:\t    8384 kB\nThreads:\t3\n"), Some(8384 * 1024));
    for wrong in ["", "VmRSS:", "VmRSS:\t12 MB\n", "VmRSS:\tmuch kB\n"] {
        assert_eq!(resident(wrong), None, "{wrong}");
    }
}
