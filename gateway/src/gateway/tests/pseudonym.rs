use std::net::IpAddr;

use super::*;

fn address(text: &str) -> PeerAddress {
    PeerAddress::of(text.parse::<IpAddr>().unwrap())
}

#[test]
fn a_client_id_is_the_same_for_the_same_address_and_key_and_tells_neither() {
    let path = std::env::temp_dir().join(format!("pseudonym-{}", std::process::id()));
    std::fs::write(&path, "0123456789abcdef\n").unwrap();
    let (one, other) = (Pseudonyms::new(Some(&path)).unwrap(), Pseudonyms::new(Some(&path)).unwrap());
    let id = one.of(address("192.0.2.1"));
    assert_eq!(id, other.of(address("192.0.2.1")));
    assert_ne!(id, one.of(address("192.0.2.2")));
    assert!(id.len() == 16 && !id.contains("192"), "{id}");
    let random = Pseudonyms::new(None).unwrap();
    assert_eq!(random.of(address("192.0.2.1")), random.of(address("192.0.2.1")));
    assert_ne!(random.of(address("192.0.2.1")), Pseudonyms::new(None).unwrap().of(address("192.0.2.1")));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_key_that_cannot_be_used_is_named() {
    let path = std::env::temp_dir().join(format!("pseudonym-short-{}", std::process::id()));
    std::fs::write(&path, "short\n").unwrap();
    let error = Pseudonyms::new(Some(&path)).err().unwrap().to_string();
    assert!(error.contains("pseudonym-short") && error.contains("openssl"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = Pseudonyms::new(Some(&path)).err().unwrap().to_string();
    assert!(error.contains("http.clientIdKeyFile"), "{error}");
}
