//! Where webhooks may go. Whoever registers one makes this machine send something: it must not reach what only this machine can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ureq::http::Uri;

/// Longest URL, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;

/// Where webhooks may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// To public addresses, over https.
    Public,
    /// Anywhere, over http too: for tests and development.
    Any,
}

impl FromStr for Targets {
    type Err = String;

    fn from_str(text: &str) -> Result<Targets, String> {
        match text {
            "public" => Ok(Targets::Public),
            "any" => Ok(Targets::Any),
            _ => Err("must be public or any".to_owned()),
        }
    }
}

impl Targets {
    /// Whether something may be sent to an address.
    pub fn allow(self, address: IpAddr) -> bool {
        match self {
            Targets::Any => true,
            Targets::Public => is_public(address),
        }
    }

    /// Whether a URL can be a webhook's; a name is looked up only when something is sent.
    ///
    /// # Errors
    /// The rule that it breaks, in words.
    pub fn check(self, url: &str) -> Result<(), &'static str> {
        if url.len() > URL_BYTES_MAX {
            return Err("must not be longer than 2000 bytes");
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains('#') {
            return Err("must be a URL of visible ASCII characters without a fragment");
        }
        let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
        let is_right = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self == Targets::Any,
            Some(_) | None => false,
        };
        if !is_right {
            return Err("must begin with https://");
        }
        let authority = uri.authority().ok_or("must name a host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user name or a password");
        }
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err("must name a host");
        }
        match host.parse() {
            Ok(address) if !self.allow(address) => Err("must not be an address of a private network"),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Whether an address is one that anybody can reach (the registries of special-purpose addresses of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // This network; private; loopback.
        (0 | 10 | 127, _, _) => true,
        // Shared by carriers.
        (100, 64..=127, _) => true,
        // Link-local, where clouds tell machines their secrets.
        (169, 254, _) => true,
        // Private.
        (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments; documentation; the former 6to4 relays.
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => true,
        // Benchmarks.
        (198, 18 | 19, _) => true,
        // Multicast; reserved; broadcast.
        (224..=255, _, _) => true,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [.., high, low] = segments;
    let embedded = |high: u16, low: u16| {
        let bits = u32::from(high) << 16 | u32::from(low);
        is_public_v4(Ipv4Addr::from(bits))
    };
    match segments {
        // What stands for an address of version 4 (mapped, and by NAT64) is judged as that.
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => embedded(high, low),
        // 6to4.
        [0x2002, high, low, ..] => embedded(high, low),
        // Unspecified, loopback, and what once stood for version 4.
        [0, 0, 0, 0, 0, 0, _, _] => false,
        // NAT64 of one's own; discard.
        [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, 0, ..] => false,
        // Protocol assignments, among them Teredo; documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast; everything else is local, multicast or not assigned.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_reaches_is_not_public() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!Targets::Public.allow(inside.parse().unwrap()), "{inside}");
            assert!(Targets::Any.allow(inside.parse().unwrap()));
        }
        for outside in [
            "1.1.1.1",
            "114.114.114.114",
            "172.32.0.1",
            "100.128.0.1",
            "2400:3200::1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(Targets::Public.allow(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_url_is_https_to_somewhere_public() {
        for (url, expected) in [
            ("https://example.com/hooks?a=1", Ok(())),
            ("https://1.1.1.1:8443/", Ok(())),
            ("http://example.com/", Err("must begin with https://")),
            ("ftp://example.com/", Err("must begin with https://")),
            ("/hooks", Err("must begin with https://")),
            (
                "https://me:secret@example.com/",
                Err("must not hold a user name or a password"),
            ),
            ("https://127.0.0.1/", Err("must not be an address of a private network")),
            ("https://[::1]:80/", Err("must not be an address of a private network")),
            (
                "https://example.com/a b",
                Err("must be a URL of visible ASCII characters without a fragment"),
            ),
            (
                "https://example.com/#x",
                Err("must be a URL of visible ASCII characters without a fragment"),
            ),
        ] {
            assert_eq!(Targets::Public.check(url), expected, "{url}");
        }
        assert_eq!(Targets::Any.check("http://127.0.0.1:9/"), Ok(()));
        let long = format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX));
        assert!(Targets::Any.check(&long).is_err());
    }
}
