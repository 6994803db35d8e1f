use mongodb::bson::doc;

use super::*;

#[test]
fn a_reply_tells_which_ids_exist_from_what_is_refused() {
    let duplicate = |index: i32| doc! {"index": index, "code": 11_000, "errmsg": "E11000"};
    assert_eq!(reply(&doc! {"ok": 1.0}), Reply::Done(Vec::new()));
    assert_eq!(reply(&doc! {"writeErrors": [duplicate(1), duplicate(4)]}), Reply::Done(vec![1, 4]));
    let refused = doc! {"writeErrors": [duplicate(1), {"index": 2, "code": 121, "errmsg": "no"}]};
    assert_eq!(reply(&refused), Reply::Refused("no".to_owned()));
}
