use delivery_messages::sales::purchase::Language;
use serde_json::json;

use super::super::testing::{purchase, serve};
use super::*;
use crate::cluster::server::Kind;

fn order() -> Order {
    Order {
        customer: None,
        name: None,
        language: Language::English,
        product: "café".into(),
        quantity: 1,
        price: 1_990,
        route: None,
    }
}

#[tokio::test]
async fn purchases_are_passed_on_in_their_order() {
    let mut made = 0;
    let (server, asked) = serve(Kind::Purchases, move |_| {
        made += 1;
        (201, json!(purchase(&format!("p-{made}"), "ana", None)))
    })
    .await;
    let mut bought = Vec::new();
    buy(&server, &order(), 20, |view| {
        bought.push(view.id);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(bought.len(), 20);
    assert_eq!(asked.lock().unwrap().iter().filter(|line| *line == "POST /purchases").count(), 20);
}

#[tokio::test]
async fn a_busy_service_is_asked_again_and_a_refusal_is_an_error() {
    let mut asked = 0;
    let (server, _) = serve(Kind::Purchases, move |_| {
        asked += 1;
        match asked {
            1 => (503, json!({"error": {"reason": "Busy", "message": "Try again."}})),
            2 => (201, json!(purchase("p-1", "ana", None))),
            _ => (422, json!({"error": {"reason": "InvalidPurchase", "message": "The product is empty; name one."}})),
        }
    })
    .await;
    assert_eq!(buy_one(&server, "k", &json!({})).await.unwrap().id, "p-1");
    let error = Error::from(buy_one(&server, "k", &json!({})).await.unwrap_err());
    assert_eq!(error.to_string(), "The product is empty; name one.");
    assert_eq!((error.exit_code(), error.reason()), (2, "ServiceRefuses"));
}

#[test]
fn what_is_missing_when_the_time_is_up_is_an_answer() {
    let mut followed = Followed::new(Expected::default());
    followed.add(purchase("p-1", "ana", None));
    let error = Error::from(NotThrough(view::summary(&followed)));
    assert_eq!(error.exit_code(), 1);
    assert_eq!(
        error.to_string(),
        "Not all purchases are through within --timeout: 0 of 1 purchase is through; p-1 waits for its payment. They go on without \
         this program; kubectl delivery topics shows the lag of each service."
    );
}

#[test]
fn a_problem_is_told_once() {
    let mut said = String::new();
    warn(&mut said, Some("MongoDB does not answer."));
    assert_eq!(said, "MongoDB does not answer.");
    warn(&mut said, None);
    assert_eq!(said, "MongoDB does not answer.", "it is not told again when it comes back soon");
}
