//! How often who may ask: token buckets by address and by principal.

use std::net::IpAddr;
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

    /// The address that a request comes from: that of the connection, or the last one that a trusted proxy names.
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        if !self.proxies.contains(&peer) {
            return Some(peer);
        }
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok());
        let mut named: Vec<IpAddr> = forwarded
            .flat_map(|value| value.split(','))
            .filter_map(|part| part.trim().parse().ok())
            .collect();
        while let Some(address) = named.pop() {
            if !self.proxies.contains(&address) {
                return Some(address);
            }
        }
        Some(peer)
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
