//! Listings and bids to measure with.

use crate::app::exchange::Handle;
use crate::cli::draw::Draw;
use crate::cli::failure::Failure;
use crate::cli::seeds::Seeds;
use crate::domain::bid::{FillRule, NewAlternative, NewBid, Placement, TimeInForce, VoucherPolicy};
use crate::domain::code::Code;
use crate::domain::id::OrgId;
use crate::domain::listing::{ListingMode, NewListing, Sla};
use crate::domain::money::Price;
use crate::domain::rate::Fraction;
use crate::domain::time::Hour;
use crate::engine::Command;

/// Where the cards stand and what they are.
pub(super) struct Stock {
    seeds: Seeds,
    /// How many of the accelerators, from the first, are traded.
    traded: usize,
    pub(super) start: Hour,
}

impl Stock {
    /// Puts the reference data into an empty exchange; the market opens at `start`.
    pub(super) fn open(handle: &Handle, traded: usize, start: Hour) -> Result<Stock, Failure> {
        let seeds = Seeds::load()?;
        super::must_all(
            handle,
            seeds.accelerators.iter().cloned().map(Command::DefineAccelerator),
        )?;
        super::must_all(handle, seeds.sites.iter().cloned().map(Command::DefineSite))?;
        Ok(Stock {
            traded: traded.min(seeds.accelerators.len()),
            seeds,
            start,
        })
    }

    pub(super) fn accelerator(&self, draw: &mut Draw) -> Code {
        self.seeds.accelerators[draw.index(self.traded)].code.clone()
    }

    /// A listing of islands of 8 cards for 90 days.
    pub(super) fn listing(&self, draw: &mut Draw, providers: &[OrgId], (islands, ask): (u32, Price)) -> Command {
        let listing = NewListing {
            site: self.seeds.sites[draw.index(self.seeds.sites.len())].code.clone(),
            accelerator: self.accelerator(draw),
            islands,
            cards_per_island: 8,
            from: self.start,
            until: self.start.plus(90 * 24),
            ask,
            lot_cards: 1,
            min_hours: 1,
            max_hours: 90 * 24,
            mode: ListingMode::Book,
            sla: Sla {
                max_fault_rate: Fraction::from_ppm(1_000),
                credit_rate: Fraction::from_ppm(1_000_000),
            },
            maintenance: Vec::new(),
        };
        Command::OpenListing {
            provider: providers[draw.index(providers.len())],
            listing,
        }
    }
}

/// A bid for all or none, anywhere, until cancelled.
pub(super) fn bid(alternatives: Vec<NewAlternative>, (earliest, latest): (Hour, Hour)) -> NewBid {
    NewBid {
        alternatives,
        earliest,
        latest,
        fill: FillRule::AllOrNone,
        placement: Placement::Any,
        sites: None,
        domestic_only: false,
        max_fault_rate: None,
        tif: TimeInForce::Gtc,
        voucher: VoucherPolicy::Auto,
        purpose: None,
    }
}
