use delivery_api::DeliveryPhase;
use delivery_verify::purchases::{EmailState, PurchaseView};

use super::super::followed::{Expected, FollowedDelivery};
use super::super::testing::{invoice, published, purchase};
use super::*;

const ID: &str = "7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001";

/// One purchase that is through, and one that is not paid yet.
fn followed() -> Followed {
    let mut followed = Followed::new(Expected { invoices: true, notifications: true, until_finished: false });
    let paid = published(ID, "ana", Some("2"));
    followed.add(paid.clone());
    followed.add(purchase("0b", "rui", None));
    for one in followed.all_mut().take(1) {
        one.invoice = Some(invoice(&paid, 42, EmailState::Sent));
        one.delivery = Some(FollowedDelivery {
            namespace: "shop".into(),
            name: "segundo-1".into(),
            phase: DeliveryPhase::Running,
        });
        one.notifications = 3;
    }
    followed
}

#[test]
fn the_way_of_a_purchase_is_a_row_or_a_line() {
    let followed = followed();
    assert_eq!(
        table(&followed, false),
        "PURCHASE   CUSTOMER              TOTAL   PAID      INVOICE       E-MAIL   DELIVERY            NOTIFIED\n\
         0b         rui@example.com   BRL 39.80   pending   -             -        -                          0\n\
         7d0c2c56   ana@example.com   BRL 39.80   paid      000.000.042   sent     segundo-1 Running          3\n"
    );
    assert!(table(&followed, true).contains(ID));
    assert_eq!(
        line(&followed.all()[0]),
        format!(
            "{ID} BRL 39.80 paid → invoice 000.000.042 → e-mail sent → delivery segundo-1 Running → 3 notifications"
        )
    );
    assert_eq!(line(&followed.all()[1]), "0b BRL 39.80 pending");
}

#[test]
fn the_summary_says_what_the_first_of_the_others_waits_for() {
    let mut followed = followed();
    assert_eq!(summary(&followed), "1 of 2 purchases are through; 0b waits for its payment.");
    for one in followed.all_mut().skip(1) {
        one.view =
            PurchaseView { state: PurchaseState::Failed, reason: Some("Refused\u{7}.".into()), ..one.view.clone() };
    }
    assert_eq!(summary(&followed), "2 of 2 purchases are through, 1 with a failure.");
    assert_eq!(line(&followed.all()[1]), "0b BRL 39.80 refused: Refused\u{fffd}.");
}

#[test]
fn a_frame_fits_the_terminal_and_has_the_last_word() {
    let mut many = Followed::new(Expected::default());
    for index in 0..40 {
        many.add(purchase(&format!("p{index}"), "ana", None));
    }
    let lines = frame(&many, Some("The service of purchases does not answer."), Size { width: 40, height: 10 });
    assert!(lines.len() <= 9, "{lines:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 40), "{lines:?}");
    assert_eq!(lines[lines.len() - 3], "… and 35 more");
    assert_eq!(lines[lines.len() - 1], "Waiting: The service of purchases does …");
}

#[test]
fn the_document_has_every_step() {
    let document = document(&followed());
    assert_eq!((&document["through"], &document["failed"]), (&json!(1), &json!(0)));
    let first = &document["purchases"][0];
    assert_eq!((&first["invoice"]["number"], &first["invoice"]["email"]["state"]), (&json!(42), &json!("SENT")));
    assert_eq!((&first["delivery"]["phase"], &first["through"]), (&json!("Running"), &json!(true)));
    assert_eq!(document["purchases"][1]["invoice"], Value::Null);
}
