use serde_json::json;

use super::*;
use crate::check::finding::Verdict;

/// As istiod writes it at `/debug/syncz`.
fn status(proxy: &str, acknowledged: &str) -> Value {
    json!({
        "cluster_id": "Kubernetes", "proxy": proxy, "proxy_type": "sidecar", "istio_version": "1.31.0",
        "cluster_sent": "a1", "cluster_acked": "a1", "listener_sent": "a1", "listener_acked": acknowledged,
        "route_sent": "a1", "route_acked": "a1", "endpoint_sent": "a1", "endpoint_acked": "a1",
    })
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn proxies_that_have_what_was_sent_are_right() {
    let found = judge(
        &named(&["a.shop", "b.shop"]),
        &[status("a.shop", "a1"), status("b.shop", "a1"), status("c.other", "a0")],
    );
    assert_eq!((found.len(), found[0].result), (1, Verdict::Right));
    assert_eq!(found[0].message, "istiod knows all proxies (2), and they have what it sent.");
}

#[test]
fn one_that_istiod_does_not_know_is_wrong_and_one_that_is_behind_a_warning() {
    let found = judge(&named(&["a.shop", "b.shop", "d.shop"]), &[status("a.shop", "a1"), status("b.shop", "a0")]);
    assert_eq!(found.iter().map(|one| one.result).collect::<Vec<_>>(), [Verdict::Wrong, Verdict::Warning]);
    assert_eq!(found[0].message, "istiod does not know 1 of 3 proxies: d.shop.");
    assert_eq!(found[1].message, "1 of 3 proxies have not acknowledged what istiod sent (listener): b.shop.");
}

#[test]
fn what_was_never_sent_need_not_be_acknowledged() {
    let gateway = json!({ "proxy": "a.shop", "cluster_sent": "a1", "cluster_acked": "a1", "route_sent": "" });
    assert_eq!(judge(&named(&["a.shop"]), &[gateway])[0].result, Verdict::Right);
    assert!(judge(&[], &[]).is_empty());
}
