use std::net::{TcpListener, TcpStream};

use super::*;

#[test]
fn without_ipv6_all_addresses_are_those_of_ipv4() {
    assert_eq!(chosen(everywhere(9090), || false).to_string(), "0.0.0.0:9090");
    assert_eq!(chosen(everywhere(9090), || true).to_string(), "[::]:9090");
}

#[test]
fn an_address_that_somebody_chose_stays() {
    for address in ["127.0.0.1:9090", "0.0.0.0:9090", "[::1]:9090", "[fd00::7]:9090"] {
        let address: SocketAddr = address.parse().unwrap();
        assert_eq!(chosen(address, || false), address);
    }
}

#[test]
fn whoever_listens_everywhere_is_reached_over_ipv4() {
    let listener = TcpListener::bind(bindable(everywhere(0))).unwrap();
    let port = listener.local_addr().unwrap().port();
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
}
