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
fn an_apps_origin_is_allowed_if_it_is_listed_and_never_taken_for_the_own_page() {
    for app in ["capacitor://localhost", "ionic://localhost", "tauri://localhost", "chrome-extension://abcdefgh"] {
        assert!(origins(&[app]).allow(Some(app), Some("map.example")));
    }
    assert!(!origins(&["tauri://localhost"]).allow(Some("capacitor://localhost"), Some("map.example")));
    assert!(!origins(&[]).allow(Some("capacitor://map.example"), Some("map.example")));
}

#[test]
fn a_mistyped_origin_is_refused_with_its_name() {
    for wrong in [
        "app.example",
        "https://app.example/",
        "*.example",
        "ftp://app.example",
        "htps://app.example",
        "app://",
        "tauri://a/b",
        "",
    ] {
        let error = AllowedOrigins::new(vec![wrong.to_owned()]).unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")), "{error}");
    }
}

#[test]
fn a_page_that_may_not_use_a_service_is_told_so_with_the_way_out() {
    let headers = |origin: &'static str| {
        HeaderMap::from_iter([
            (ORIGIN, HeaderValue::from_static(origin)),
            (HOST, HeaderValue::from_static("shop.example")),
        ])
    };
    let one = origins(&["https://app.example"]);
    assert_eq!(one.refusal(&headers("https://shop.example"), "this service"), None);
    assert_eq!(one.refusal(&headers("https://app.example"), "this service"), None);
    assert_eq!(one.refusal(&HeaderMap::new(), "this service"), None);
    let problem = one.refusal(&headers("https://evil.example"), "this service").unwrap();
    assert_eq!((problem.status, problem.reason), (StatusCode::FORBIDDEN, "OriginNotAllowed"));
    assert_eq!(
        problem.message,
        "Pages of https://evil.example may not use this service. Add the origin to http.allowedOrigins to allow them."
    );
}

#[test]
fn only_pages_of_listed_origins_may_read_answers() {
    let one = origins(&["https://app.example"]);
    for (origin, readable) in [("https://app.example", true), ("https://evil.example", false)] {
        let request = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
        let mut answer = HeaderMap::new();
        one.share(&request, &mut answer);
        assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), readable, "{origin}");
        assert_eq!(answer[VARY], "origin");
    }
}

#[test]
fn what_only_reads_is_not_examined() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert!(may_change(&method));
    }
    assert!(!may_change(&Method::GET) && !may_change(&Method::HEAD) && !may_change(&Method::OPTIONS));
}
