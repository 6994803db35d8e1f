use prometheus_client::encoding::text::encode;

use super::*;

#[test]
fn reconciliations_are_shown_under_the_prefix() {
    let counted = Reconciliations::default();
    let registry = counted.registry("delivery_test", "1.2.3");
    drop(counted.begin());
    let begun = counted.begin();
    counted.succeeded(Duration::from_millis(20));
    counted.failed(Duration::from_secs(1));
    counted.invalid();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        r#"delivery_test_build_info{version="1.2.3"} 1"#,
        r#"delivery_test_reconciliations_total{result="success"} 1"#,
        r#"delivery_test_reconciliations_total{result="error"} 1"#,
        r#"delivery_test_reconciliations_total{result="invalid"} 1"#,
        "delivery_test_reconcile_duration_seconds_count 2",
        "delivery_test_reconciliations_running 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    drop(begun);
}
