//! Whose request it is: the address at the other end of the connection or, behind trusted proxies, the one that they forward.
//!
//! Pure. What an address may use is left to [`crate::budgets`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use warp::http::HeaderMap;

/// The header in which proxies append the address that they were called from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Whom a budget belongs to: an IPv4 address, or the /64 of an IPv6 address, because whoever has one address of a /64 has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress(IpAddr);

impl PeerAddress {
    /// Whose an address is.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }

    /// The bytes that stand for it: 4 or 16.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// An entry that is not a network.
#[derive(Debug, thiserror::Error)]
#[error(
    "The entry {0:?} in http.trustedProxies is neither an address, such as 10.0.0.7, nor a network, such as 10.0.0.0/8 or fd00::/8."
)]
pub struct InvalidNetwork(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u32,
}

impl TrustedProxies {
    /// Reads a list of addresses and networks.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn new(networks: &[String]) -> Result<Self, InvalidNetwork> {
        let read = |text: &String| Network::read(text).ok_or_else(|| InvalidNetwork(text.clone()));
        networks.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is one of theirs.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address.to_canonical()))
    }

    /// Whose a request with these headers is. `socket` is the other end of the connection.
    #[must_use]
    pub fn sender(&self, socket: IpAddr, headers: &HeaderMap) -> PeerAddress {
        // A line that is not text is read as well as it can be: left out, it would take with it what a proxy has appended, and the lines
        // before it are the client's own.
        let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
        let lines: Vec<_> = lines.collect();
        self.peer(socket, lines.iter().map(|line| &**line))
    }

    /// Whose request it is. `socket` is the other end of the connection, `forwarded` are the lines of `X-Forwarded-For`, in order.
    ///
    /// Each proxy appends the address that it was called from, so the list is read from its end, as long as proxies are trusted: what
    /// comes before is the client's own invention. What is not an address ends the list too.
    #[must_use]
    pub fn peer<'a>(&self, socket: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> PeerAddress {
        let mut peer = socket;
        let mut hops = forwarded.rev().flat_map(|line| line.rsplit(','));
        while self.trusts(peer) {
            let Some(hop) = hops.next().and_then(|hop| address(hop.trim())) else { break };
            peer = hop;
        }
        PeerAddress::of(peer)
    }
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().ok()?;
        let size = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(size);
        (bits <= size).then_some(Self { first, bits })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                prefix_is_same(u32::from(first).into(), u32::from(address).into(), 32 - self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => prefix_is_same(first.into(), address.into(), 128 - self.bits),
            _ => false,
        }
    }
}

fn prefix_is_same(first: u128, second: u128, others: u32) -> bool {
    (first ^ second).checked_shr(others).is_none_or(|difference| difference == 0)
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    let bracketed = || {
        let (address, _) = text.strip_prefix('[')?.split_once(']')?;
        address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    let with_port = || text.rsplit_once(':')?.0.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    bare.or_else(bracketed).or_else(with_port)
}

#[cfg(test)]
#[path = "tests/peer.rs"]
mod tests;
