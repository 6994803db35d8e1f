//! The addresses on which services listen, in clusters with IPv4, IPv6 or both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// All addresses of this machine: `[::]`, which takes IPv4 connections as well.
#[must_use]
pub fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))
}

/// The address to bind: the given one, but `0.0.0.0` instead of `[::]` on a machine without IPv6, where that is all that there is.
#[must_use]
pub fn bindable(address: SocketAddr) -> SocketAddr {
    chosen(address, || UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok())
}

fn chosen(address: SocketAddr, has_ipv6: impl FnOnce() -> bool) -> SocketAddr {
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && !has_ipv6() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()))
    } else {
        address
    }
}

#[cfg(test)]
#[path = "tests/listen.rs"]
mod tests;
