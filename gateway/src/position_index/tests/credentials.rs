use super::*;

#[test]
fn a_password_or_a_key_becomes_a_header_that_is_not_printed() {
    let header = |username, password, key| authorization(username, password, key).unwrap();
    assert_eq!(header(None, None, None), None);
    let basic = header(Some(b"elastic\n"), Some(b"pass word\n"), None).unwrap();
    assert_eq!(basic, "Basic ZWxhc3RpYzpwYXNzIHdvcmQ=");
    assert!(!format!("{basic:?}").contains("Basic"));
    assert_eq!(header(None, None, Some(b" a2V5 \n")).unwrap(), "ApiKey a2V5");
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (username, password, key, word) in [
        (Some(&b"u"[..]), None, None, "belong together"),
        (None, Some(&b"p"[..]), None, "belong together"),
        (Some(b"u"), Some(b"p"), Some(&b"k"[..]), "not both"),
        (None, None, Some(b"a\nb"), "base64"),
    ] {
        let message = authorization(username, password, key).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn a_directory_may_hold_any_of_the_files() {
    let directory = std::env::temp_dir().join(format!("login-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&directory).unwrap();
    assert_eq!(read(Some(&directory)).await.unwrap(), Credentials::default());
    std::fs::write(directory.join("ca.crt"), "pem").unwrap();
    assert_eq!(read(Some(&directory)).await.unwrap().authorities.as_deref(), Some(&b"pem"[..]));
    std::fs::create_dir(directory.join("username")).unwrap();
    let message = read(Some(&directory)).await.unwrap_err().to_string();
    assert!(message.contains("username"), "{message}");
    std::fs::remove_dir_all(directory).unwrap();
}
