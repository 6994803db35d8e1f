use super::*;

fn check(ids: impl IntoIterator<Item = String>) -> Result<(), InvalidRecipients> {
    Recipients { recipient_ids: ids.into_iter().collect() }.check()
}

#[test]
fn a_few_short_ids_or_none_are_recipients() {
    assert_eq!(check([]), Ok(()));
    assert_eq!(check((0..MAX_RECIPIENTS).map(|number| format!("r{number}"))), Ok(()));
    assert_eq!(check(["x".repeat(MAX_ID)]), Ok(()));
}

#[test]
fn too_many_ids_and_ids_that_are_empty_or_long_are_refused() {
    let many = check((0..=MAX_RECIPIENTS).map(|number| format!("r{number}"))).unwrap_err();
    assert_eq!(many, InvalidRecipients::TooMany(9));
    assert_eq!(many.to_string(), "there are 9; the maximum is 8");
    for id in [String::new(), "x".repeat(MAX_ID + 1)] {
        assert_eq!(check([id]), Err(InvalidRecipients::Id));
    }
}
