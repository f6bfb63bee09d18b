//! Listings and bids to measure with.

use crate::app::exchange::Handle;
use crate::cli::draw::Draw;
use crate::cli::failure::Failure;
use crate::cli::seeds::Seeds;
use crate::domain::bid::{FillRule, NewAlternative, NewBid, Placement, TimeInForce, VoucherPolicy};
use crate::domain::code::Code;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::listing::{ListingMode, NewListing, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::programme::ProgrammeRules;
use crate::domain::rate::Fraction;
use crate::domain::time::Hour;
use crate::engine::Command;
use crate::engine::limits::AMOUNT_MAX;

/// What a voucher is worth: more than any measurement spends.
const VOUCHER: Money = Money::from_fen(1_000_000_000);

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

    /// Opens `programmes` programmes like Hangzhou's and grants `vouchers` vouchers of them to the tenants in turn.
    pub(super) fn grant(
        &self,
        handle: &Handle,
        tenants: &[OrgId],
        (programmes, vouchers): (u64, u64),
    ) -> Result<(), Failure> {
        let first = handle.inspect(|state| state.counters.programme)?;
        let rules = |number: u64| {
            let code = format!("bench-{number}").parse();
            let id = code.map_err(|_| Failure::Argument("a programme has no name".to_owned()))?;
            let rules = ProgrammeRules {
                id,
                pot: AMOUNT_MAX,
                cap_per_entity: Some(AMOUNT_MAX),
                // Before the market opens: vouchers pay from the first bid on.
                valid_from: Hour(self.start.0.saturating_sub(24)).timestamp(),
                valid_until: self.start.plus(365 * 24).timestamp(),
                validity_days: None,
                provenance: std::collections::BTreeMap::new(),
                ..self.seeds.city_programme.clone()
            };
            Ok(Command::OpenProgramme(Box::new(rules)))
        };
        let opened: Result<Vec<Command>, Failure> = (first..first + programmes).map(rules).collect();
        super::must_all(handle, opened?)?;
        let width = u64::try_from(tenants.len()).unwrap_or(u64::MAX).max(1);
        // Shifted by one each round, so that a tenant's vouchers are of different programmes.
        let place = |number: u64| number / width + number;
        let grants = (0..vouchers).zip(tenants.iter().cycle());
        let grants = grants.map(|(number, &org)| Command::Grant {
            programme: ProgrammeId(first + place(number) % programmes.max(1)),
            org,
            amount: VOUCHER,
        });
        super::must_all(handle, grants)
    }

    /// A listing of one island of 8 cards for 90 days.
    pub(super) fn plain_listing(&self, accelerator: Code, ask: Price) -> NewListing {
        NewListing {
            site: self.seeds.sites[0].code.clone(),
            accelerator,
            islands: 1,
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
        }
    }

    /// A listing of islands of 8 cards for 90 days.
    pub(super) fn listing(&self, draw: &mut Draw, providers: &[OrgId], (islands, ask): (u32, Price)) -> Command {
        let site = self.seeds.sites[draw.index(self.seeds.sites.len())].code.clone();
        let listing = NewListing {
            site,
            islands,
            ..self.plain_listing(self.accelerator(draw), ask)
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
