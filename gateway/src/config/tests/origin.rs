use super::*;

fn origins(list: &[&str]) -> AllowedOrigins {
    AllowedOrigins::new(list.iter().map(|origin| (*origin).to_owned()).collect()).unwrap()
}

#[test]
fn the_own_page_and_clients_that_are_no_browsers_are_always_allowed() {
    let none = origins(&[]);
    assert!(none.allow(None, Some("map.example")));
    assert!(none.allow(Some("http://127.0.0.1:30080"), Some("127.0.0.1:30080")));
    assert!(none.allow(Some("https://Map.example"), Some("map.example:443")));
    assert!(!none.allow(Some("http://127.0.0.1:30081"), Some("127.0.0.1:30080")));
    assert!(!none.allow(Some("https://evil.example"), Some("map.example")));
    assert!(!none.allow(Some("https://map.example.evil.example"), Some("map.example")));
    assert!(!none.allow(Some("null"), Some("map.example")));
    assert!(!none.allow(Some("null"), Some("null")));
    assert!(!none.allow(Some("https://map.example"), None));
}

#[test]
fn a_listed_origin_is_allowed_and_all_only_with_an_asterisk() {
    let one = origins(&["https://app.example"]);
    assert!(one.allow(Some("https://app.example"), Some("map.example")));
    assert!(!one.allow(Some("http://app.example"), Some("map.example")));
    assert!(origins(&["*"]).allow(Some("null"), Some("map.example")));
}

#[test]
fn a_mistyped_origin_is_refused_with_its_name() {
    for wrong in ["app.example", "https://app.example/", "*.example", "ftp://app.example", ""] {
        let error = AllowedOrigins::new(vec![wrong.to_owned()]).unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")), "{error}");
    }
}
