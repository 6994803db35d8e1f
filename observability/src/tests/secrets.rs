use super::*;

#[test]
fn what_is_said_of_a_connection_string_names_its_file() {
    let text = not_a_mongodb_uri(Path::new("/etc/code-delivery-mongodb/uri"));
    assert!(text.contains("/etc/code-delivery-mongodb/uri") && text.ends_with('.'), "{text}");
}
