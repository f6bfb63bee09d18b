//! Which products' depth changes with what happens.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::bid::Bid;
use crate::domain::id::{AcceleratorId, SiteId};
use crate::engine::Event;

/// How often the depth of each accelerator has changed, at any site.
#[derive(Debug, Default)]
pub struct Changes(RwLock<Vec<Arc<AtomicU64>>>);

/// What some events have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// At one site.
    pub(super) at: BTreeSet<(AcceleratorId, SiteId)>,
    /// At every site.
    pub(super) everywhere: BTreeSet<AcceleratorId>,
}

impl Changes {
    /// The counter of an accelerator. Read it before what it counts.
    pub fn of(&self, accelerator: AcceleratorId) -> Arc<AtomicU64> {
        let place = usize::from(accelerator.0);
        let counters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = counters.get(place) {
            return Arc::clone(counter);
        }
        drop(counters);
        let mut counters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while counters.len() <= place {
            counters.push(Arc::default());
        }
        Arc::clone(&counters[place])
    }

    /// Notes a change that is done.
    pub(super) fn touch(&self, touched: &Touched) {
        let at = touched.at.iter().map(|(accelerator, _)| accelerator);
        let accelerators: BTreeSet<&AcceleratorId> = touched.everywhere.iter().chain(at).collect();
        for accelerator in accelerators {
            self.of(*accelerator).fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Notes that anything may have changed.
    pub(in crate::app) fn touch_all(&self) {
        let counters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for counter in counters.iter() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Touched {
    /// Adds what an event changes.
    pub(super) fn add(&mut self, event: &Event) {
        match event {
            Event::ListingOpened(image) | Event::ListingChanged(image) => {
                self.at.insert((image.listing.accelerator, image.listing.site));
            }
            Event::BidPlaced(image) | Event::BidChanged(image) => self.add_bid(&image.bid),
            Event::Filled(fill) => {
                self.at.insert((fill.accelerator, fill.site));
            }
            Event::LeaseChanged(lease) => {
                self.at.insert((lease.fill.accelerator, lease.fill.site));
            }
            Event::OrgRegistered(_)
            | Event::UserRegistered(_)
            | Event::UserChanged(_)
            | Event::SettlementChanged(_)
            | Event::PeriodClosed { .. }
            | Event::UsageCorrected(_)
            | Event::FeesSet(_)
            | Event::VatSet(_)
            | Event::Proposed(_)
            | Event::ApprovalDecided(_)
            | Event::LeaseSettled(_)
            | Event::LeaseChangeSet(_)
            | Event::AccessKeySet(_)
            | Event::UsageAccepted(_)
            | Event::UsageRefused { .. }
            | Event::UsageTaken(_)
            | Event::UsageStepped(_)
            | Event::UsageKeyChanged(_)
            | Event::DisputeChanged(_)
            | Event::Posted(_)
            | Event::ProgrammeOpened(_)
            | Event::VoucherGranted(_)
            | Event::VoucherExpired { .. }
            | Event::EntityDrawn { .. }
            | Event::EarningsPending { .. }
            | Event::ProgrammeChanged(_)
            | Event::VoucherChanged(_)
            | Event::VoucherExpiring(_)
            | Event::CapLifted { .. }
            | Event::CalendarSet(_)
            | Event::ApplicationChanged(_)
            | Event::ClaimChanged(_)
            | Event::Evaluated { .. }
            | Event::EntitySpent { .. }
            | Event::ProviderListed { .. }
            | Event::RecoveryMade(_)
            | Event::FactsAttested { .. }
            | Event::PowerReported(_)
            | Event::RelationChanged(_)
            | Event::FlagChanged(_)
            | Event::OutageChanged(_)
            | Event::LeaseProbed { .. }
            | Event::TreasuryRequestChanged(_)
            | Event::Banking(_) => {}
        }
    }

    /// A bid counts in the depth of all that it would take; also of what it would have taken before its first fill.
    fn add_bid(&mut self, bid: &Bid) {
        for accelerator in bid.alternatives.iter().map(|alternative| alternative.accelerator) {
            match &bid.sites {
                Some(sites) => self.at.extend(sites.iter().map(|site| (accelerator, *site))),
                None => {
                    self.everywhere.insert(accelerator);
                }
            }
        }
    }
}
