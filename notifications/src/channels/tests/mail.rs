use super::*;
use crate::domain::testing;
use crate::domain::text::Content;

fn letterhead() -> Letterhead {
    let from = "shop@code-delivery.example".parse().unwrap();
    Letterhead { from, public_url: Some("http://127.0.0.1:30080".to_owned()) }
}

/// A mail as it goes to the server.
fn written(notification: &Notification, to: &str, again: bool) -> String {
    let to = Email::new(to.to_owned()).unwrap();
    let mail = mail(&letterhead(), notification, &to, Language::English, again).unwrap();
    String::from_utf8(mail.formatted()).unwrap()
}

fn says(content: &str) -> Notification {
    Notification { content: Content::new(content.to_owned()).unwrap(), ..testing::notification(1) }
}

/// The names of the headers of a mail.
fn headers(mail: &str) -> Vec<String> {
    let head = mail.split("\r\n\r\n").next().unwrap();
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    let mut names: Vec<String> = lines.map(|line| line.split(':').next().unwrap().to_ascii_lowercase()).collect();
    names.sort();
    names
}

#[test]
fn a_mail_has_the_content_the_link_to_the_map_and_always_the_same_id() {
    let link = Some(Link::new("/#/delivery/shop/primeiro".into()).unwrap());
    let notification = Notification { link, ..says("Your purchase is on its way.") };
    let mail = written(&notification, "customer7@example.com", false);
    for part in [
        "Subject: Your purchase is on its way.\r\n",
        "To: customer7@example.com\r\n",
        "http://127.0.0.1:30080/#/delivery/shop/primeiro",
        &format!("Message-ID: <{}@code-delivery.example>\r\n", notification.id),
        "Auto-Submitted: auto-generated\r\n",
    ] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
    assert!(!mail.contains("X-Code-Delivery-Resent"));
}

#[test]
fn a_mail_that_may_be_the_second_one_says_so() {
    assert!(written(&says("hello"), "a@example.com", true).contains("X-Code-Delivery-Resent: true\r\n"));
}

#[test]
fn whatever_the_content_is_the_mail_has_the_same_headers() {
    let plain = headers(&written(&says("hello"), "a@example.com", false));
    for content in [
        "hello\r\nBcc: other@example.com",
        "hello\nSubject: other\n\nbody",
        "\r\n\r\n.\r\nMAIL FROM:<a@example.com>",
        "olá 🛵 ação, é só isso",
        &"x".repeat(240),
        &"é ".repeat(120),
        "<script>alert(1)</script>",
    ] {
        let mail = written(&says(content), "a@example.com", false);
        assert_eq!(headers(&mail), plain, "{mail}");
    }
}

#[test]
fn what_looks_like_html_is_text() {
    let mail = written(&says("<b>hello</b>"), "a@example.com", false);
    assert!(mail.contains("Content-Type: text/plain; charset=utf-8\r\n") && mail.contains("<b>hello</b>"), "{mail}");
}

#[test]
fn a_long_content_is_whole_in_the_body_and_cut_in_the_subject() {
    assert_eq!(subject(&"x".repeat(78)), "x".repeat(78));
    assert_eq!(subject(&"x".repeat(79)), format!("{}…", "x".repeat(77)));
    assert_eq!(subject("a\r\nb"), "a  b");
}

#[test]
fn without_the_maps_address_there_is_no_link() {
    let link = Some(Link::new("/#/delivery/shop/primeiro".into()).unwrap());
    let notification = Notification { link, ..says("hello") };
    assert!(!text(None, &notification, Language::Portuguese).contains("mapa"));
    let text = text(Some("https://map.example"), &notification, Language::Portuguese);
    assert!(text.contains("Acompanhe no mapa: https://map.example/#/delivery/shop/primeiro"), "{text}");
}
