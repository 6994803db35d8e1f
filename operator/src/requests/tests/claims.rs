use super::*;

fn command(id: &str, action: &str) -> Option<Claim> {
    Claim::of(Topic::Command, Some(format!(r#"{{"deliveryId":"{id}","action":"{action}"}}"#).as_bytes()))
}

fn start(id: &str) -> Option<Claim> {
    Claim::of(Topic::NewDirection, Some(format!(r#"{{"requestId":"{id}"}}"#).as_bytes()))
}

#[test]
fn a_start_waits_for_another_one_of_its_request() {
    let claims = Claims::default();
    let first = claims.take(start("a").as_ref()).unwrap();
    assert!(claims.take(start("a").as_ref()).is_none());
    assert!(claims.take(start("b").as_ref()).is_some());
    drop(first);
    assert!(claims.take(start("a").as_ref()).is_some());
}

#[test]
fn a_command_waits_for_a_cancel_and_a_cancel_for_no_other() {
    let claims = Claims::default();
    let suspend = claims.take(command("a", "suspend").as_ref()).unwrap();
    let cancel = claims.take(command("a", "cancel").as_ref()).expect("it supersedes what is before it");
    assert!(claims.take(command("a", "resume").as_ref()).is_none());
    assert!(claims.take(command("b", "resume").as_ref()).is_some());
    drop(suspend);
    assert!(claims.take(command("a", "resume").as_ref()).is_none());
    drop(cancel);
    assert!(claims.take(command("a", "resume").as_ref()).is_some());
}

#[test]
fn what_says_nothing_of_the_kind_waits_for_nothing() {
    let claims = Claims::default();
    let unreadable = Claim::of(Topic::Command, Some(b"{}"));
    assert_eq!((unreadable.as_ref(), Claim::of(Topic::NewDirection, None)), (None, None));
    let _first = claims.take(None).unwrap();
    assert!(claims.take(None).is_some());
}

#[test]
fn a_megabyte_of_an_id_is_cut_in_a_message() {
    assert!(start(&delivery_fuzz::megabyte()).unwrap().to_string().len() < 100);
    assert!(command(&delivery_fuzz::megabyte(), "cancel").unwrap().to_string().len() < 100);
}
