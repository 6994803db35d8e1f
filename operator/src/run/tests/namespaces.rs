use delivery_controller::watch::{Listing, Problem, Watched};
use http::Method;
use kube_runtime::reflector;
use tokio::sync::watch;

use super::*;
use crate::testing::server::{Answer, answer, refused, server};

/// A namespace, and what its watches report of the Deliveries.
fn namespace(name: &str) -> (Namespace, watch::Sender<Listing>) {
    let (listing, deliveries) = watch::channel(Listing::default());
    let (_, routes) = watch::channel(Listing::complete());
    let name = name.to_owned();
    let namespace = Namespace {
        deliveries: Watched { namespace: name.clone(), store: reflector::store().0, listing: deliveries },
        routes: Watched { namespace: name, store: reflector::store().0, listing: routes },
    };
    (namespace, listing)
}

fn refusal() -> Problem {
    Problem { code: Some(403), is_unreadable: false, message: "deliveries is forbidden".to_owned() }
}

struct Watching {
    objects: Arc<Objects>,
    health: Health,
    metrics: Metrics,
    shop: watch::Sender<Listing>,
    audit: watch::Sender<Listing>,
}

impl Watching {
    /// Two namespaces, `shop` and `audit`, and an API server with these answers.
    fn begin(answers: Vec<Answer>) -> Self {
        let (client, _serving) = server(answers);
        let ((first, shop), (second, audit)) = (namespace("shop"), namespace("audit"));
        let (health, metrics) = (Health::default(), Metrics::default());
        health.require(OBJECTS.0, OBJECTS.1);
        let objects = Arc::new(Objects::new(vec![first, second]));
        let watch = NamespaceWatch {
            client: client.clone(),
            objects: Arc::clone(&objects),
            guard: LeadershipGuard::unlimited(),
            health: health.clone(),
            metrics: metrics.clone(),
            events: Events::new(client, "operator"),
            pod: Some(ObjectReference {
                name: Some("a".to_owned()),
                namespace: Some("shop".to_owned()),
                ..ObjectReference::default()
            }),
        };
        tokio::spawn(watch.run());
        Self { objects, health, metrics, shop, audit }
    }

    async fn later(&self, seconds: u64) -> String {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.health.report()
    }

    fn watched(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.metrics.registry(&Health::default())).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("delivery_operator_namespace_watched"));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        lines.join(", ")
    }
}

fn event() -> Answer {
    answer(Method::POST, "/events", 201, serde_json::json!({}))
}

#[tokio::test(start_paused = true)]
async fn one_namespace_without_rights_is_named_and_the_others_are_ready() {
    let asked = |_| refused(Method::GET, "/namespaces/audit", 403, "Forbidden");
    let watching = Watching::begin((0..9).map(asked).chain([event()]).collect());
    assert_eq!(watching.later(1).await, "not ready: objects: Listing the Deliveries and DeliveryRoutes.\n");
    watching.shop.send_replace(Listing::complete());
    assert!(watching.later(1).await.starts_with("not ready"), "it is not known yet how the other one stands");
    watching.audit.send_modify(|listing| {
        listing.fail(refusal());
    });
    let report = watching.later(1).await;
    assert!(report.starts_with("ready\ndependency away: namespaces: The namespace audit is not served: "), "{report}");
    watching.objects.wait_until_settled().await;
    assert_eq!(watching.objects.known(), ["shop"]);
    assert_eq!(watching.watched(), "{namespace=\"audit\"} 0, {namespace=\"shop\"} 1");
    // The rights come back.
    watching.audit.send_replace(Listing::complete());
    assert_eq!(watching.later(1).await, "ready\n");
    assert_eq!(watching.objects.known(), ["shop", "audit"]);
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_namespace_that_does_not_exist_are_known_to_be_gone() {
    let answers = [refused(Method::GET, "/namespaces/audit", 404, "NotFound"), event()];
    let watching = Watching::begin(answers.into_iter().collect());
    watching.shop.send_replace(Listing::complete());
    watching.audit.send_modify(|listing| {
        listing.fail(refusal());
    });
    let report = watching.later(1).await;
    assert!(report.contains("The namespace audit does not exist"), "{report}");
    assert!(watching.objects.is_gone("audit") && watching.objects.known() == ["shop", "audit"]);
    watching.audit.send_replace(Listing::complete());
    assert_eq!(watching.later(1).await, "ready\n", "it was created again");
    assert!(!watching.objects.is_gone("audit"));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_can_serve_no_namespace_is_not_ready() {
    let asked = |name| move |_: i32| refused(Method::GET, name, 403, "Forbidden");
    let answers = (0..9).map(asked("/namespaces/audit")).chain((0..9).map(asked("/namespaces/shop")));
    let watching = Watching::begin(answers.chain([event(), event()]).collect());
    watching.shop.send_modify(|listing| {
        listing.fail(refusal());
    });
    watching.audit.send_modify(|listing| {
        listing.fail(refusal());
    });
    let report = watching.later(2).await;
    assert!(
        report.starts_with("not ready: objects") && report.contains("The namespace shop is not served"),
        "{report}"
    );
}
