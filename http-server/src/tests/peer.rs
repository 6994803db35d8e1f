use delivery_fuzz::Fuzz;
use warp::http::HeaderValue;

use super::*;

fn peer(trusted: &[&str], socket: &str, forwarded: &[&str]) -> PeerAddress {
    let trusted: Vec<String> = trusted.iter().map(|network| (*network).to_owned()).collect();
    TrustedProxies::new(&trusted).unwrap().peer(socket.parse().unwrap(), forwarded.iter().copied())
}

fn of(address: &str) -> PeerAddress {
    PeerAddress::of(address.parse().unwrap())
}

#[test]
fn without_trusted_proxies_only_the_sockets_address_counts() {
    assert_eq!(peer(&[], "203.0.113.9", &["198.51.100.1"]), of("203.0.113.9"));
    assert_eq!(peer(&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"]), of("203.0.113.9"));
}

#[test]
fn behind_trusted_proxies_it_is_the_last_address_that_is_not_one_of_them() {
    let trusted = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];
    for (socket, forwarded, expected) in [
        ("10.1.2.3", vec!["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", vec!["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", vec!["1.1.1.1, 198.51.100.1 , 10.9.9.9,192.0.2.7"], "198.51.100.1"),
        ("10.1.2.3", vec!["1.1.1.1", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("fd00::1", vec!["198.51.100.1:50000"], "198.51.100.1"),
        ("::ffff:10.1.2.3", vec!["[2001:db8::5]:443"], "2001:db8::"),
        ("10.1.2.3", vec!["2001:db8:0:0:1::9"], "2001:db8::"),
        ("10.1.2.3", vec![], "10.1.2.3"),
        ("10.1.2.3", vec!["10.4.4.4"], "10.4.4.4"),
        ("10.1.2.3", vec!["1.1.1.1, unknown"], "10.1.2.3"),
        ("10.1.2.3", vec!["1.1.1.1, unknown, 10.4.4.4"], "10.4.4.4"),
        ("192.0.2.8", vec!["1.1.1.1"], "192.0.2.8"),
    ] {
        assert_eq!(peer(&trusted, socket, &forwarded), of(expected), "{socket} {forwarded:?}");
    }
}

#[test]
fn a_line_that_is_not_text_hides_nothing_that_a_proxy_has_appended() {
    let trusted = TrustedProxies::new(&["10.0.0.0/8".to_owned()]).unwrap();
    for (last, expected) in [
        (&b"\xff, 198.51.100.1"[..], "198.51.100.1"),
        (&b"198.51.100.1, \xff"[..], "10.1.2.3"),
        (&b"\xff"[..], "10.1.2.3"),
    ] {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, "1.1.1.1".parse().unwrap());
        headers.append(FORWARDED_FOR, HeaderValue::from_bytes(last).unwrap());
        assert_eq!(trusted.sender("10.1.2.3".parse().unwrap(), &headers), of(expected), "{last:?}");
    }
}

#[test]
fn all_addresses_of_an_ipv6_network_of_64_bits_are_one_peer() {
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
}

#[test]
fn networks_of_any_length_are_read_and_others_are_named() {
    for (network, inside, outside) in [
        ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
        ("::/0", "2001:db8::1", "203.0.113.1"),
        ("192.0.2.128/25", "192.0.2.200", "192.0.2.100"),
        ("192.0.2.1/32", "192.0.2.1", "192.0.2.2"),
    ] {
        let trusted = TrustedProxies::new(&[network.to_owned()]).unwrap();
        assert!(trusted.trusts(inside.parse().unwrap()) && !trusted.trusts(outside.parse().unwrap()), "{network}");
    }
    for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/8/8"] {
        let error = TrustedProxies::new(&[wrong.to_owned()]).unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")) && error.contains("http.trustedProxies"), "{error}");
    }
}

/// A socket's address, then the lines of `X-Forwarded-For`, as the corpus writes a request.
fn request(input: &[u8]) -> Option<(IpAddr, HeaderMap)> {
    let mut lines = input.split(|byte| *byte == b'\n');
    let socket = std::str::from_utf8(lines.next()?).ok()?.parse().ok()?;
    let values = lines.filter_map(|line| HeaderValue::from_bytes(line.strip_prefix(b"x-forwarded-for: ")?).ok());
    Some((socket, values.map(|value| (warp::http::HeaderName::from_static(FORWARDED_FOR), value)).collect()))
}

#[test]
fn fuzzed_forwarded_addresses_never_make_a_stranger_somebody_else() {
    let trusted = TrustedProxies::new(&["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()]).unwrap();
    let report = Fuzz::new("forwarded-for").run(|input| {
        let Some((socket, headers)) = request(input) else { return "no request" };
        let (sender, direct) = (trusted.sender(socket, &headers), PeerAddress::of(socket));
        assert!([4, 16].contains(&sender.bytes().len()));
        if !trusted.trusts(socket) {
            assert_eq!(sender, direct, "what a stranger forwards is not believed");
            return "a stranger";
        }
        // What the client puts before what a proxy appends changes nothing, in a line of its own or in the same.
        let mut invented = HeaderMap::new();
        invented.append(FORWARDED_FOR, HeaderValue::from_static("192.0.2.66, 10.6.6.6, x"));
        for (place, value) in headers.values().enumerate() {
            let before: &[u8] = if place == 0 { b"\xff, 192.0.2.66, x, " } else { b"" };
            invented.append(FORWARDED_FOR, HeaderValue::from_bytes(&[before, value.as_bytes()].concat()).unwrap());
        }
        assert_eq!(trusted.sender(socket, &invented), sender);
        if sender == direct { "the proxy" } else { "behind a proxy" }
    });
    report.reached(&["a stranger", "the proxy", "behind a proxy", "no request"]);
}
