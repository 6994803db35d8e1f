use super::*;

#[test]
fn a_customer_is_the_same_however_the_address_is_written() {
    // Computed by sha256sum, with the bits of version 8 and of the variant.
    assert_eq!(customer_id("customer7@example.com"), "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c");
    assert_eq!(customer_id("Customer7@Example.COM"), customer_id("customer7@example.com"));
    assert_ne!(customer_id("customer8@example.com"), customer_id("customer7@example.com"));
}
