//! How often who may ask: token buckets by address and by principal.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Refusal;
use super::settings::Settings;

/// The buckets.
pub struct Limits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    logins: DefaultKeyedRateLimiter<IpAddr>,
    principals: DefaultKeyedRateLimiter<u64>,
    proxies: Vec<IpAddr>,
    clock: DefaultClock,
}

impl Limits {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Limits {
        let number = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let a_second = |count: u32, burst: u32| Quota::per_second(number(count)).allow_burst(number(burst));
        let address = a_second(settings.address_per_second.get(), settings.address_burst.get());
        let principal = a_second(settings.principal_per_second.get(), settings.principal_burst.get());
        Limits {
            addresses: RateLimiter::keyed(address),
            logins: RateLimiter::keyed(Quota::per_minute(number(settings.login_per_minute.get()))),
            principals: RateLimiter::keyed(principal),
            proxies: settings.trusted_proxies.0.clone(),
            clock: DefaultClock::default(),
        }
    }

    /// Whether the address of a request may ask now.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn address(&self, request: &HttpRequest) -> Result<(), Refusal> {
        match self.client(request) {
            Some(address) => self.check(&self.addresses, &address),
            None => Ok(()),
        }
    }

    /// Whether the address of a request may ask for a token now.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn login(&self, request: &HttpRequest) -> Result<(), Refusal> {
        match self.client(request) {
            Some(address) => self.check(&self.logins, &address),
            None => Ok(()),
        }
    }

    /// Whether a principal, by the number of its user or key, may ask now.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn principal(&self, principal: u64) -> Result<(), Refusal> {
        self.check(&self.principals, &principal)
    }

    /// The address that a request comes from: that of the connection, or the last one that trusted proxies name and that is
    /// none of theirs. Of version 6 the network of 64 bits, which is what one household has.
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        if !self.is_proxy(peer) {
            return Some(network(peer));
        }
        let forwarded = request.headers().get_all("x-forwarded-for");
        let forwarded: Vec<&str> = forwarded.filter_map(|value| value.to_str().ok()).collect();
        for part in forwarded.iter().rev().flat_map(|value| value.rsplit(',')) {
            // What a trusted proxy wrote can be read; whatever stands before an unreadable part may be anybody's.
            let Ok(address) = part.trim().parse::<IpAddr>() else {
                break;
            };
            if !self.is_proxy(address.to_canonical()) {
                return Some(network(address.to_canonical()));
            }
        }
        Some(network(peer))
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.to_canonical() == address)
    }

    /// Forgets buckets that are full again, so that memory follows those who ask.
    pub fn forget_idle(&self) {
        self.addresses.retain_recent();
        self.logins.retain_recent();
        self.principals.retain_recent();
    }

    fn check<K: std::hash::Hash + Eq + Clone>(
        &self,
        buckets: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Refusal> {
        buckets.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Refusal::TooMany {
                retry_after_seconds: wait.as_secs().saturating_add(1),
            }
        })
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_address_is_what_trusted_proxies_say_and_nobody_else() {
        let given = BTreeMap::from([("trusted_proxies".to_owned(), "10.0.0.1, 10.0.0.2".to_owned())]);
        let limits = Limits::new(&Settings::new(&given).unwrap());
        for (peer, forwarded, expected) in [
            ("1.2.3.4:5", None, "1.2.3.4"),
            ("1.2.3.4:5", Some("9.9.9.9"), "1.2.3.4"),
            ("10.0.0.1:5", Some("9.9.9.9"), "9.9.9.9"),
            ("10.0.0.1:5", Some("6.6.6.6, 9.9.9.9, 10.0.0.2"), "9.9.9.9"),
            ("10.0.0.1:5", Some("6.6.6.6, 9.9.9.9:80"), "10.0.0.1"),
            ("10.0.0.1:5", None, "10.0.0.1"),
            ("[::ffff:10.0.0.1]:5", Some("9.9.9.9"), "9.9.9.9"),
            ("[2001:db8:1:2:3:4:5:6]:5", None, "2001:db8:1:2::"),
        ] {
            let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
            if let Some(forwarded) = forwarded {
                request = request.insert_header(("x-forwarded-for", forwarded));
            }
            let found = limits.client(&request.to_http_request());
            assert_eq!(found, Some(expected.parse().unwrap()), "{peer} {forwarded:?}");
        }
    }
}
