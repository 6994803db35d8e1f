use delivery_controller::watch::{Listing, Watched};
use kube::core::DeserializeGuard;
use kube_runtime::reflector;
use kube_runtime::watcher::Event;
use prometheus_client::encoding::text::encode;
use tokio::sync::watch;

use super::*;
use crate::base::objects::{GuardedDelivery, GuardedRoute, Namespace};

fn shown(metrics: &Metrics) -> String {
    let mut text = String::new();
    encode(&mut text, &metrics.registry(&Health::default())).unwrap();
    text
}

#[test]
fn the_lease_changes_hands_only_when_the_leader_does() {
    let metrics = Metrics::default();
    for leads in [false, true, true, false, false, true] {
        metrics.leads(leads);
    }
    let text = shown(&metrics);
    for line in [
        "delivery_operator_leader 1",
        "delivery_operator_lease_transitions_total{to=\"leader\"} 2",
        "delivery_operator_lease_transitions_total{to=\"standby\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn what_deliveries_wait_for_is_measured_in_seconds() {
    let metrics = Metrics::default();
    metrics.delays().started(Duration::from_millis(2_500), "");
    metrics.delays().waited("PodPending", Duration::from_millis(700));
    let text = shown(&metrics);
    for line in [
        "delivery_operator_first_position_delay_seconds_bucket{le=\"2.0\"} 0",
        "delivery_operator_first_position_delay_seconds_bucket{le=\"3.0\"} 1",
        "delivery_operator_wait_duration_seconds_bucket{le=\"1.0\",cause=\"PodPending\"} 1",
        "delivery_operator_reconciliations_running 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

/// Objects with one delivery, whose pod has crashed again and again for years.
fn crashing() -> Arc<Objects> {
    let delivery = serde_yaml::from_str(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: { name: primeiro, namespace: shop, uid: delivery-1 }
spec: { routeRef: { name: primeiro }, courier: moto-7 }
status:
  phase: Pending
  conditions:
    - type: Running
      status: 'False'
      reason: CrashLoopBackOff
      message: The container of the pod keeps crashing.
      lastTransitionTime: 2020-01-01T00:00:00Z
",
    );
    let (deliveries, mut writer) = reflector::store::<GuardedDelivery>();
    writer.apply_watcher_event(&Event::Apply(DeserializeGuard(Ok(delivery.unwrap()))));
    let (_, listing) = watch::channel(Listing::complete());
    let namespace = Namespace {
        deliveries: Watched { namespace: "shop".to_owned(), store: deliveries, listing: listing.clone() },
        routes: Watched { namespace: "shop".to_owned(), store: reflector::store::<GuardedRoute>().0, listing },
    };
    Arc::new(Objects::new(vec![namespace]))
}

#[test]
fn the_leader_alone_counts_deliveries_and_those_that_wait() {
    let (metrics, objects) = (Metrics::default(), crashing());
    metrics.count(&objects);
    assert!(!shown(&metrics).contains("_deliveries{"), "it does not lead");
    metrics.leads(true);
    let text = shown(&metrics);
    for line in [
        "delivery_operator_deliveries{phase=\"Pending\"} 1",
        "delivery_operator_waiting_deliveries{cause=\"CrashLoopBackOff\"} 1",
        "delivery_operator_stuck_deliveries{cause=\"CrashLoopBackOff\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
