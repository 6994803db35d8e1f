use delivery_messages::encode;

use super::*;
use crate::testing::changed;

#[test]
fn a_record_is_a_changed_notification_with_a_short_id() {
    let told = changed("n1", "r1", 2);
    assert_eq!(read(Some(&encode(&told).unwrap())).unwrap(), told);
    let long = encode(&changed(&"n".repeat(MAX_ID + 1), "r1", 2)).unwrap();
    for (value, reason) in
        [(None, "EmptyRecord"), (Some(&b"no json"[..]), "MalformedRecord"), (Some(&long[..]), "InvalidField")]
    {
        assert_eq!(read(value).unwrap_err().reason(), reason);
    }
}
