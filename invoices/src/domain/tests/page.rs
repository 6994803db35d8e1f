use delivery_fuzz::Fuzz;

use super::*;
use crate::testing;

fn read(parameters: &[(&str, &str)]) -> Result<PageQuery, InvalidPage> {
    PageQuery::read(&parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn without_parameters_a_page_has_the_newest_invoices_of_all() {
    assert_eq!(read(&[]).unwrap(), PageQuery { customer_id: None, limit: DEFAULT_LIMIT, after: None });
    assert_eq!(read(&[("customerId", ""), ("cursor", "")]).unwrap().customer_id, None);
}

#[test]
fn a_cursor_names_the_last_invoice_of_its_page_and_there_is_none_after_the_last() {
    let found: Vec<_> = (1..=3).map(testing::invoice).collect();
    let query = read(&[("limit", "2"), ("customerId", "c")]).unwrap();
    let (page, next) = query.page(found.clone());
    assert_eq!(page, found[..2]);
    let next = read(&[("cursor", &next.unwrap())]).unwrap();
    assert_eq!(next.after, Some(Place::of(&found[1])));
    assert_eq!(query.page(found[..2].to_vec()).1, None);
}

#[test]
fn an_invalid_parameter_is_named_with_what_it_takes() {
    for limit in ["0", "201", "-1", "x"] {
        let error = read(&[("limit", limit)]).unwrap_err();
        assert_eq!((error.reason(), error.to_string().ends_with("from 1 to 200.")), ("InvalidLimit", true));
    }
    for cursor in ["x", "1", "1795340100000", "x.y"] {
        assert_eq!(read(&[("cursor", cursor)]).unwrap_err().reason(), "InvalidCursor");
    }
}

#[test]
fn fuzzed_parameters_are_a_page_whose_place_is_the_same_once_written_again_or_are_refused_by_name() {
    let report = Fuzz::new("listing").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let parameters: Parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        match PageQuery::read(&parameters) {
            Ok(PageQuery { limit, after, .. }) => {
                assert!((1..=MAX_LIMIT).contains(&limit));
                let Some(place) = after else { return "page" };
                assert_eq!(Place::read(&place.to_string()), Some(place));
                "page after another"
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.ends_with('.') && message.len() <= 1_024, "{} bytes: {message}", message.len());
                error.reason()
            }
        }
    });
    report.reached(&["page", "page after another", "InvalidLimit", "InvalidCursor"]);
}
