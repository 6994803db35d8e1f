use super::*;

fn read(text: &str) -> Result<Email, String> {
    Email::read(text.to_owned())
}

#[test]
fn an_address_as_people_have_it_is_valid() {
    for address in
        ["customer7@example.com", "a.b+tag@mail.example.com.br", "o'brien@x-y.example", "a@b", "A_1@EXAMPLE.com"]
    {
        assert_eq!(read(address).unwrap().as_str(), address);
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("{}@example.com", "a".repeat(65));
    for address in [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a b@c.example",
        "a@b@c",
        "a..b@c",
        ".a@b",
        "a.@b",
        "a@-b",
        "a@b-",
        "a@b..c",
        "a@b.",
        "josé@example.com",
        "\"a b\"@c.example",
        "a@[127.0.0.1]",
        "a@b_c",
        "<a@b.example>",
        &long,
    ] {
        assert!(read(address).unwrap_err().contains("no e-mail address"), "{address:?}");
    }
    let long = format!("a@{}", ["b"; 127].join("."));
    assert_eq!(read(&long).unwrap_err(), "it has 255 bytes; at most 254 are allowed");
}

#[test]
fn a_line_break_that_would_begin_a_header_of_its_own_is_refused() {
    for address in ["a@b.example\r\nBcc: c@d.example", "a@b.example\n", "a\0@b.example"] {
        assert!(read(address).unwrap_err().contains("control character"), "{address:?}");
    }
}

#[test]
fn a_customer_is_the_same_however_the_address_is_written() {
    let id = read("Customer7@Example.com").unwrap().customer_id();
    assert_eq!(id, read("customer7@example.com").unwrap().customer_id());
    assert_ne!(id, read("customer8@example.com").unwrap().customer_id());
    // Computed by sha256sum, with the bits of version 8 and of the variant.
    assert_eq!(read("customer7@example.com").unwrap().customer_id(), "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c");
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 8);
}
