//! What kind of place an IP address is. Only addresses of the public internet
//! are dialled without further permission. The module resolves nothing and
//! connects nowhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The public internet.
    Public,
    /// This machine.
    Loopback,
    /// A network of somebody's own: private, unique local, or behind a
    /// provider's NAT.
    Private,
    /// Never a server of someone's: link-local (where clouds keep their
    /// metadata), multicast, documentation, benchmarking, reserved. No
    /// permission opens these.
    Forbidden,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Place::Public => "a public address",
            Place::Loopback => "this machine",
            Place::Private => "a private network",
            Place::Forbidden => "a link-local, metadata or reserved address",
        }
    }
}

/// The place of an address. An IPv6 address that carries an IPv4 one leads
/// where that leads.
pub(crate) fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(v4) => place_v4(v4),
        IpAddr::V6(v6) => place_v6(v6),
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        [127, ..] => Place::Loopback,
        [10, ..] | [192, 168, ..] => Place::Private,
        [172, b, ..] if (16..=31).contains(&b) => Place::Private,
        // Metadata services of two clouds, outside the link-local range.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Place::Forbidden,
        // Carrier-grade NAT, RFC 6598.
        [100, b, ..] if (64..=127).contains(&b) => Place::Private,
        // "This network", link-local.
        [0, ..] | [169, 254, ..] => Place::Forbidden,
        // IETF assignments, documentation, 6to4 relays, benchmarking.
        [192, 0, 0, _] | [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Place::Forbidden,
        [192, 88, 99, _] | [198, 18 | 19, ..] => Place::Forbidden,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Place::Forbidden,
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    let s = address.segments();
    let embedded =
        |high: u16, low: u16| place_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0] => Place::Forbidden,
        [0, 0, 0, 0, 0, 0, 0, 1] => Place::Loopback,
        // v4-mapped and v4-compatible.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low),
        // v4-translated (RFC 2765) and NAT64 (RFC 6052, RFC 8215).
        [0, 0, 0, 0, 0xffff, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => Place::Forbidden,
        // 6to4.
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, benchmarking, ORCHID, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Place::Forbidden,
        // Discard-only.
        [0x100, 0, 0, 0, ..] => Place::Forbidden,
        // A cloud's metadata service inside the unique local range.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => Place::Forbidden,
        // Unique local.
        [0xfc00..=0xfdff, ..] => Place::Private,
        // Global unicast is what is assigned of 2000::/3; the rest is
        // link-local, site-local, multicast or nobody's.
        [0x2000..=0x3fff, ..] => Place::Public,
        _ => Place::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_place() {
        for (text, expected) in [
            ("8.8.8.8", Place::Public),
            ("172.15.0.1", Place::Public),
            ("172.32.0.1", Place::Public),
            ("100.63.255.255", Place::Public),
            ("100.128.0.1", Place::Public),
            ("192.0.1.1", Place::Public),
            ("127.0.0.1", Place::Loopback),
            ("127.255.255.254", Place::Loopback),
            ("10.0.0.1", Place::Private),
            ("172.16.0.1", Place::Private),
            ("172.31.255.255", Place::Private),
            ("192.168.1.1", Place::Private),
            ("100.64.0.1", Place::Private),
            ("0.0.0.0", Place::Forbidden),
            ("0.1.2.3", Place::Forbidden),
            ("169.254.169.254", Place::Forbidden),
            ("192.0.2.1", Place::Forbidden),
            ("198.18.0.1", Place::Forbidden),
            ("198.51.100.1", Place::Forbidden),
            ("203.0.113.1", Place::Forbidden),
            ("224.0.0.1", Place::Forbidden),
            ("240.0.0.1", Place::Forbidden),
            ("255.255.255.255", Place::Forbidden),
            ("::", Place::Forbidden),
            ("::1", Place::Loopback),
            ("2606:4700::1111", Place::Public),
            ("2001:4860:4860::8888", Place::Public),
            ("::ffff:127.0.0.1", Place::Loopback),
            ("::ffff:8.8.8.8", Place::Public),
            ("::ffff:169.254.169.254", Place::Forbidden),
            ("::127.0.0.1", Place::Loopback),
            ("64:ff9b::10.0.0.1", Place::Private),
            ("64:ff9b::808:808", Place::Public),
            ("64:ff9b:1::1", Place::Forbidden),
            ("2002:7f00:1::", Place::Loopback),
            ("2002:a9fe:a9fe::", Place::Forbidden),
            ("2001:0:1::1", Place::Forbidden),
            ("2001:db8::1", Place::Forbidden),
            ("3fff::1", Place::Forbidden),
            ("100::1", Place::Forbidden),
            ("fc00::1", Place::Private),
            ("fd12:3456::1", Place::Private),
            ("fd00:ec2::254", Place::Forbidden),
            ("fe80::1", Place::Forbidden),
            ("fec0::1", Place::Forbidden),
            ("ff02::1", Place::Forbidden),
            ("4000::1", Place::Forbidden),
        ] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(place(address), expected, "{text}");
        }
    }
}
