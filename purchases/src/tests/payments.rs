use super::*;
use crate::testing::purchase;

fn payments(yaml: &str) -> Payments {
    Payments::new(&serde_yaml::from_str(yaml).unwrap())
}

#[test]
fn a_payment_is_approved_at_once_unless_configured_otherwise() {
    let payment = payments("{}").of(&purchase("p1", 7));
    assert_eq!(payment, Payment { takes: Duration::ZERO, outcome: Outcome::Approved });
}

#[test]
fn a_customer_of_tests_pays_slowly_or_is_refused() {
    let payments = payments(
        "{delayMilliseconds: 20, slowCustomers: [Customer7@Example.com], slowMilliseconds: 3000,
          refusedCustomers: ['customer8@example.com', '@refused.example']}",
    );
    let slow = payments.of(&purchase("p1", 7));
    assert_eq!((slow.takes, slow.outcome), (Duration::from_secs(3), Outcome::Approved));
    let refused = payments.of(&purchase("p2", 8));
    assert_eq!((refused.takes, refused.outcome), (Duration::from_millis(20), Outcome::Failed(REFUSED.to_owned())));
    assert_eq!(payments.of(&purchase("p3", 9)).outcome, Outcome::Approved);
}

#[test]
fn a_domain_names_all_its_customers_and_no_longer_domain() {
    let customers = Customers::new(&["@Refused.example".to_owned()]);
    assert!(customers.have("a@refused.example") && customers.have("B@REFUSED.EXAMPLE"));
    assert!(!customers.have("a@not-refused.example") && !customers.have("a@refused.example.com"));
}
