use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Subscription, BadSubscription> {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Subscription::read(&pairs)
}

#[test]
fn without_parameters_a_client_gets_what_the_vehicle_tracker_served() {
    let kind = Kind { mode: Mode::Latest, form: Form::Json, batch: false };
    let plain = Subscription { kind, cursor: None, filter: Filter::default() };
    assert_eq!(read(&[]).unwrap(), plain);
    assert_eq!(read(&[("mode", "latest"), ("cursor", ""), ("EIO", "4")]).unwrap(), plain);
}

#[test]
fn every_parameter_is_read() {
    let asked = [("mode", "all"), ("form", "binary"), ("batch", "true"), ("cursor", "abc"), ("route", "1")];
    let found = read(&asked).unwrap();
    assert_eq!(found.kind, Kind { mode: Mode::All, form: Form::Binary, batch: true });
    assert_eq!(found.cursor.as_deref(), Some("abc"));
    assert!(!found.filter.is_open());
}

#[test]
fn a_mistake_has_a_reason_and_the_way_out() {
    for (name, reason) in
        [("mode", "UnknownMode"), ("form", "UnknownForm"), ("batch", "InvalidBatch"), ("rectangle", "InvalidFilter")]
    {
        let error = read(&[(name, "some")]).unwrap_err();
        assert_eq!(error.reason(), reason);
        assert!(error.to_string().contains("some") && error.to_string().ends_with('.'), "{error}");
    }
}
