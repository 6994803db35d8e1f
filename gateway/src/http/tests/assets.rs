use warp::http::HeaderValue;
use warp::http::header::CONTENT_TYPE;

use super::*;

fn assets() -> Assets {
    let directory = std::env::temp_dir().join(format!("assets-{}-{}", std::process::id(), uuid::Uuid::new_v4()));
    fs::create_dir_all(directory.join("assets")).unwrap();
    fs::write(directory.join("index.html"), "<html>").unwrap();
    fs::write(directory.join("assets/map-4f3a.js"), "run()").unwrap();
    let assets = Assets::load(&directory).unwrap();
    fs::remove_dir_all(directory).unwrap();
    assets
}

#[test]
fn a_path_that_a_person_types_is_the_page_and_a_missing_file_is_not() {
    let assets = assets();
    let browser = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"))]);
    let kind = |path| assets.answer(path, &browser).map(|answer| answer.headers()[CONTENT_TYPE].clone());
    assert_eq!(kind("/").unwrap(), "text/html; charset=utf-8");
    assert_eq!(kind("/d/primeiro").unwrap(), "text/html; charset=utf-8");
    assert_eq!(kind("/assets/map-4f3a.js").unwrap(), "text/javascript; charset=utf-8");
    assert_eq!(kind("/assets/old-1111.js"), None);
    assert!(assets.answer("/d/primeiro", &HeaderMap::new()).is_none(), "what is no browser hears the truth");
}

#[test]
fn no_path_leads_out_of_the_directory() {
    let assets = assets();
    for path in ["/../etc/passwd", "/assets/../../etc/passwd", "//etc/passwd", "/assets/..", ""] {
        assert!(assets.answer(path, &HeaderMap::new()).is_none(), "{path}");
    }
}

#[test]
fn without_a_directory_there_is_no_page() {
    let assets = Assets::load(Path::new("/no/such/directory")).unwrap();
    assert_eq!(assets.count(), 0);
    assert!(assets.answer("/", &HeaderMap::new()).is_none());
}
