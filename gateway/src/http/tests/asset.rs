use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

fn headers(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::try_from(value).unwrap())])
}

#[test]
fn a_hashed_file_is_kept_for_good_and_the_page_is_asked_for_anew() {
    let script = Asset::new("assets/map-4f3a.js", b"run()".to_vec()).answer(&HeaderMap::new());
    assert_eq!(script.headers()[CACHE_CONTROL], CACHE_FOREVER);
    let page = Asset::new("index.html", b"<html>".to_vec());
    let first = page.answer(&HeaderMap::new());
    assert_eq!(first.headers()[CACHE_CONTROL], REVALIDATE);
    let tag = first.headers()[ETAG].to_str().unwrap();
    assert_eq!(page.answer(&headers(IF_NONE_MATCH, tag)).status(), StatusCode::NOT_MODIFIED);
    assert_eq!(page.answer(&headers(IF_NONE_MATCH, "W/\"old\"")).status(), StatusCode::OK);
    let changed = Asset::new("index.html", b"<html>2".to_vec());
    assert_eq!(changed.answer(&headers(IF_NONE_MATCH, tag)).status(), StatusCode::OK, "another content, another tag");
}

#[test]
fn who_accepts_it_gets_the_compressed_form_of_what_shrinks() {
    let text = "let position = [lng, lat];\n".repeat(100);
    let script = Asset::new("assets/map-4f3a.js", text.clone().into_bytes());
    let encoding =
        |value: &str| script.answer(&headers(ACCEPT_ENCODING, value)).headers().get(CONTENT_ENCODING).cloned();
    assert_eq!(encoding("br, gzip;q=0.8").unwrap(), "gzip");
    assert_eq!(encoding("gzip;q=0"), None);
    assert_eq!(encoding("identity"), None);
    let mut unzipped = String::new();
    GzDecoder::new(&script.gzipped.unwrap()[..]).read_to_string(&mut unzipped).unwrap();
    assert_eq!(unzipped, text);
    assert!(gzip(b"short").is_none());
    let noise: Vec<u8> = (0_u32..4096).flat_map(|number| Sha256::digest(number.to_be_bytes())).collect();
    assert!(gzip(&noise).is_none(), "what does not shrink is left as it is");
}
