use super::*;
use crate::testing;

fn given(orders: &[Order], known: &HashSet<String>, last: u32) -> Result<Vec<Invoice>, Exhausted> {
    block(orders, known, &testing::issuer(), last, testing::NOW)
}

#[test]
fn the_next_numbers_go_to_the_purchases_without_an_invoice_each_once_and_in_their_order() {
    let orders = [testing::order(1), testing::order(2), testing::order(1), testing::order(3)];
    let id = |place: usize| orders[place].purchase.purchase_id.clone();
    let block = given(&orders, &HashSet::from([id(1)]), 41).unwrap();
    let numbers: Vec<_> = block.into_iter().map(|invoice| (invoice.number, invoice.id)).collect();
    assert_eq!(numbers, [(42, id(0)), (43, id(3))]);
}

#[test]
fn nothing_is_given_when_all_have_an_invoice() {
    let orders = [testing::order(1)];
    let known = HashSet::from([orders[0].purchase.purchase_id.clone()]);
    assert_eq!(given(&orders, &known, 7), Ok(Vec::new()));
    assert_eq!(given(&[], &HashSet::new(), 7), Ok(Vec::new()));
}

#[test]
fn the_last_number_is_given_and_none_after_it() {
    let one = given(&[testing::order(1)], &HashSet::new(), MAX_NUMBER - 1).unwrap();
    assert_eq!(one[0].formatted_number(), "999.999.999");
    let orders = [testing::order(1), testing::order(2)];
    let error = given(&orders, &HashSet::new(), MAX_NUMBER - 1).unwrap_err();
    assert!(error.to_string().ends_with("Set series to one that was not used yet."), "{error}");
}
