use warp::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};

use super::*;

fn web(style: Option<&str>, origins: &[&str]) -> WebConfig {
    WebConfig {
        map_style: style.map(str::to_owned),
        map_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        ..WebConfig::default()
    }
}

#[test]
fn the_page_may_load_the_map_from_where_it_is_said_to_be_and_from_nowhere_else() {
    let policy = policy(&web(Some("https://tiles.example:8443/styles/dark?v=2"), &["https://glyphs.example"]));
    assert!(policy.contains("connect-src 'self' https://tiles.example:8443 https://glyphs.example;"), "{policy}");
    assert!(policy.contains("worker-src 'self';") && !policy.contains("blob:"), "{policy}");
    assert!(policy.contains("script-src 'self';"), "no inline scripts: {policy}");
}

#[test]
fn without_a_style_the_page_loads_nothing_from_elsewhere() {
    for style in [None, Some("/style.json")] {
        let policy = policy(&web(style, &[]));
        assert!(policy.contains("connect-src 'self';"), "{policy}");
        assert!(!policy.contains("://"), "{policy}");
    }
}

#[test]
fn only_a_listed_page_may_read_an_answer() {
    let headers = SecurityHeaders::new(&web(None, &[])).unwrap();
    let origins = AllowedOrigins::new(vec!["https://app.example".to_owned()]).unwrap();
    for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false)] {
        let request = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
        let mut answer = HeaderMap::new();
        headers.put(&origins, &request, &mut answer);
        assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{origin}");
        assert_eq!(answer[X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
