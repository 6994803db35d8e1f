use delivery_api::DeliveryPhase;
use delivery_verify::purchases::EmailState;
use serde_json::json;

use super::super::followed::Expected;
use super::super::kin;
use super::super::testing::{invoice as an_invoice, published, purchase, serve};
use super::*;
use crate::cluster::server::Kind;

const ALL: Expected = Expected { invoices: true, notifications: true, until_finished: false };

#[tokio::test]
async fn each_service_is_asked_for_what_is_missing_and_no_more() {
    let paid = published("p-1", "ana", None);
    let issued = an_invoice(&paid, 42, EmailState::Sent);
    let (purchases, asked_purchases) = serve(Kind::Purchases, move |_| (200, json!(paid))).await;
    let (invoices, asked_invoices) = serve(Kind::Invoices, move |_| (200, json!(issued))).await;
    let news = |purchase: &str, news: &str| json!({"id": kin::notification(purchase, news), "createdAt": -70_000});
    let told =
        json!({"notifications": [news("p-1", "invoiced"), news("p-1", "approved"), news("p-0", "late")], "next": "x"});
    let (notifications, _) = serve(Kind::Notifications, move |_| (200, told.clone())).await;
    let services = PurchaseServices { purchases, invoices: Some(invoices), notifications: Some(notifications) };
    let sources = Sources { services, deliveries: None };
    let mut followed = Followed::new(ALL);
    followed.add(purchase("p-1", "ana", None));
    assert!(look(&sources, &mut followed).await.is_none());
    assert!(followed.is_through(), "{followed:?}");
    assert_eq!(followed.all()[0].notifications, 2, "the third is of another purchase");
    assert!(look(&sources, &mut followed).await.is_none());
    assert_eq!(*asked_purchases.lock().unwrap(), ["GET /purchases/p-1"]);
    assert_eq!(*asked_invoices.lock().unwrap(), ["GET /invoices/p-1"]);
}

#[tokio::test]
async fn what_one_service_cannot_tell_keeps_nobody_from_asking_the_others() {
    let paid = published("p-1", "ana", None);
    let refusal = json!({"error": {"reason": "StoreUnavailable", "message": "MongoDB does not answer; try again."}});
    let (purchases, _) = serve(Kind::Purchases, move |_| (503, refusal.clone())).await;
    let (invoices, _) =
        serve(Kind::Invoices, |_| (404, json!({"error": {"reason": "NotFound", "message": "None."}}))).await;
    let (notifications, asked) = serve(Kind::Notifications, |_| (404, json!(null))).await;
    let services = PurchaseServices { purchases, invoices: Some(invoices), notifications: Some(notifications) };
    let mut followed = Followed::new(ALL);
    followed.add(PurchaseView { published_at: None, ..paid });
    let problem = look(&Sources { services, deliveries: None }, &mut followed).await.unwrap();
    assert_eq!(problem.to_string(), "MongoDB does not answer; try again.");
    assert_eq!(*asked.lock().unwrap(), ["GET /notifications/from/ana?limit=100"]);
}

#[tokio::test]
async fn notifications_are_read_page_by_page_until_an_old_one() {
    let (server, asked) = serve(Kind::Notifications, |line| {
        let times = if line.contains("cursor=b%2Bc") { vec![5, 3] } else { vec![9, 7] };
        let notifications: Vec<_> =
            times.into_iter().map(|at| json!({"id": format!("n-{at}"), "createdAt": at})).collect();
        (200, json!({"notifications": notifications, "next": "b+c"}))
    })
    .await;
    let found = told(&server, "ana", 5).await.unwrap();
    assert_eq!(found, ["n-9", "n-7", "n-5", "n-3"].map(str::to_owned).into());
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[test]
fn a_delivery_is_found_by_the_request_that_it_came_from() {
    let text = "
metadata: {name: segundo-1, namespace: shop, annotations: {codedelivery.dev/request-id: p-1}}
spec: {routeRef: {name: segundo}}
status: {phase: Running}
";
    let mut delivery: Delivery =
        serde_yaml::from_str(&format!("apiVersion: codedelivery.dev/v1alpha1\nkind: Delivery{text}")).unwrap();
    let expected =
        FollowedDelivery { namespace: "shop".into(), name: "segundo-1".into(), phase: DeliveryPhase::Running };
    assert_eq!(requested(&delivery), Some(("p-1".to_owned(), expected)));
    delivery.metadata.annotations = None;
    assert_eq!(requested(&delivery), None);
}
