//! The fault rate (DESIGN §1): unplanned unavailable card-seconds ÷ contracted card-seconds of the period, as far as it has passed;
//! maintenance and what tenants have caused left out. Only outages that are confirmed or upheld, and over, count. Of nothing contracted
//! there is no rate.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fact::{LeaseFact, Names};
use super::figure::{CardSeconds, Period, Ratio};
use super::section::Section;
use crate::domain::id::{LeaseId, ListingId, OrgId};
use crate::domain::outage::{Outage, OutageCause};
use crate::domain::time::Timestamp;
use crate::engine::sla::measure::{self, Measured, Scale};

/// Card-seconds of which some were not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    unavailable: i64,
    contracted: i64,
}

impl AddAssign<Measured> for Sum {
    fn add_assign(&mut self, more: Measured) {
        self.unavailable = self.unavailable.saturating_add(more.unavailable);
        self.contracted = self.contracted.saturating_add(more.contracted);
    }
}

impl Sum {
    fn rate(self) -> Ratio {
        Ratio::of_cards(CardSeconds(self.unavailable), CardSeconds(self.contracted))
    }
}

/// The fault rate of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderRate {
    /// Who.
    pub provider: OrgId,
    /// Its name.
    pub name: String,
    /// Unavailable ÷ contracted card-seconds.
    pub fault_rate: Ratio,
}

/// The fault rate of one listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListingRate {
    /// Which one.
    pub listing: ListingId,
    /// Who lets its cards.
    pub provider: OrgId,
    /// Unavailable ÷ contracted card-seconds.
    pub fault_rate: Ratio,
}

/// The fault rate of one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseRate {
    /// Which one.
    pub lease: LeaseId,
    /// Its listing.
    pub listing: ListingId,
    /// Who lets its cards.
    pub provider: OrgId,
    /// Unavailable ÷ contracted card-seconds.
    pub fault_rate: Ratio,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultRateReport {
    /// The period.
    pub period: Period,
    /// Of all that was contracted.
    pub fault_rate: Ratio,
    /// By provider.
    pub providers: Vec<ProviderRate>,
    /// By listing.
    pub listings: Vec<ListingRate>,
    /// By lease: those of which something was not there.
    pub leases: Vec<LeaseRate>,
}

impl FaultRateReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let [from, until] = self.period.in_words();
        let count = |rate: &Ratio| [rate.numerator, rate.denominator].map(|part| part.to_string().into());
        let whole = Section::figures(
            "fault rate",
            [
                ("from", from.into()),
                ("until", until.into()),
                ("unavailable card-seconds", self.fault_rate.numerator.to_string().into()),
                (
                    "contracted card-seconds",
                    self.fault_rate.denominator.to_string().into(),
                ),
                ("fault rate", self.fault_rate.into()),
            ],
        );
        let providers = self.providers.iter().map(|one| {
            let [part, of] = count(&one.fault_rate);
            vec![
                one.provider.to_string().into(),
                one.name.clone().into(),
                part,
                of,
                one.fault_rate.into(),
            ]
        });
        let listings = self.listings.iter().map(|one| {
            let [part, of] = count(&one.fault_rate);
            let (listing, provider) = (one.listing.to_string(), one.provider.to_string());
            vec![listing.into(), provider.into(), part, of, one.fault_rate.into()]
        });
        let leases = self.leases.iter().map(|one| {
            let [part, of] = count(&one.fault_rate);
            let (lease, listing) = (one.lease.to_string(), one.listing.to_string());
            vec![
                lease.into(),
                listing.into(),
                one.provider.to_string().into(),
                part,
                of,
                one.fault_rate.into(),
            ]
        });
        let by_provider = &["provider", "name", "unavailable", "contracted", "fault rate"];
        let by_listing = &["listing", "provider", "unavailable", "contracted", "fault rate"];
        let by_lease = &[
            "lease",
            "listing",
            "provider",
            "unavailable",
            "contracted",
            "fault rate",
        ];
        vec![
            whole,
            Section::new("by provider", by_provider, providers),
            Section::new("by listing", by_listing, listings),
            Section::new("leases with faults", by_lease, leases),
        ]
    }
}

/// The fold. Outages come before leases.
#[derive(Debug)]
pub struct FaultRate {
    period: Period,
    now: Timestamp,
    outages: FxHashMap<LeaseId, Vec<Outage>>,
    whole: Sum,
    providers: BTreeMap<OrgId, Sum>,
    listings: BTreeMap<ListingId, (OrgId, Sum)>,
    leases: Vec<LeaseRate>,
}

impl FaultRate {
    /// Of a period, as far as it has passed `now`.
    pub fn new(period: Period, now: Timestamp) -> FaultRate {
        FaultRate {
            period,
            now,
            outages: FxHashMap::default(),
            whole: Sum::default(),
            providers: BTreeMap::new(),
            listings: BTreeMap::new(),
            leases: Vec::new(),
        }
    }

    /// Looks at an outage.
    pub fn add_outage(&mut self, outage: Outage) {
        if outage.state.counts() {
            self.outages.entry(outage.lease).or_default().push(outage);
        }
    }

    /// Looks at a lease.
    pub fn add_lease(&mut self, lease: &LeaseFact) {
        let span = (lease.window.from().timestamp(), lease.ends.timestamp());
        let from = self.period.from.unwrap_or(span.0);
        let until = self.period.until.unwrap_or(self.now).min(self.now);
        let known = self.outages.get(&lease.id).map_or(&[][..], Vec::as_slice);
        let scale = Scale {
            cards: lease.cards,
            lease: span,
            maintenance: &lease.maintenance,
            counts: OutageCause::is_fault,
        };
        let measured = measure::measure(scale, known, (from, until));
        if measured.contracted == 0 {
            return;
        }
        self.whole += measured;
        *self.providers.entry(lease.provider).or_default() += measured;
        let listing = self.listings.entry(lease.listing);
        listing.or_insert((lease.provider, Sum::default())).1 += measured;
        if measured.unavailable > 0 {
            let mut own = Sum::default();
            own += measured;
            self.leases.push(LeaseRate {
                lease: lease.id,
                listing: lease.listing,
                provider: lease.provider,
                fault_rate: own.rate(),
            });
        }
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> FaultRateReport {
        let providers = self.providers.into_iter().map(|(provider, sum)| ProviderRate {
            provider,
            name: names.org(provider),
            fault_rate: sum.rate(),
        });
        let listings = self.listings.into_iter().map(|(listing, (provider, sum))| ListingRate {
            listing,
            provider,
            fault_rate: sum.rate(),
        });
        FaultRateReport {
            period: self.period,
            fault_rate: self.whole.rate(),
            providers: providers.collect(),
            listings: listings.collect(),
            leases: self.leases,
        }
    }
}
