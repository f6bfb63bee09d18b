//! Everything the exchange knows at one instant.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::approval::Approval;
use super::banking::Banking;
use super::contract::Contracts;
use super::integrity::relation::RelationGraph;
use super::ledger::Ledger;
use super::matching::Book;
use super::office::recovery::Recovered;
use super::settlement::fees::Traded;
use super::sla::SlaBooks;
use super::timer::Timers;
use crate::domain::accelerator::Accelerator;
use crate::domain::application::Application;
use crate::domain::calendar::Calendar;
use crate::domain::claim::Claim;
use crate::domain::code::Code;
use crate::domain::dispute::Dispute;
use crate::domain::entity::EntityFacts;
use crate::domain::fees::FeeSchedule;
use crate::domain::flag::{Flag, Subject};
use crate::domain::id::{
    AcceleratorId, ApplicationId, ApprovalId, ClaimId, DisputeId, FlagId, LeaseId, OrgId, ProgrammeId, RecoveryId, Seq,
    SiteId, TreasuryRequestId, UsageKeyId, UserId, VoucherId,
};
use crate::domain::lease::Lease;
use crate::domain::life::access::AccessKey;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::Organisation;
use crate::domain::programme::Programme;
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::Recovery;
use crate::domain::settlement::SettlementRun;
use crate::domain::site::Site;
use crate::domain::spending::Spending;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::treasury::TreasuryRequest;
use crate::domain::usage::UsageKey;
use crate::domain::uscc::Uscc;
use crate::domain::user::User;
use crate::domain::voucher::Voucher;

/// Counters of identifiers: the next of each, from 1. The ledger keeps its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Places in the order of precedence.
    pub seq: u64,
    /// Organisations.
    pub org: u64,
    /// Listings.
    pub listing: u64,
    /// Bids.
    pub bid: u64,
    /// Fills, and with the same numbers leases.
    pub fill: u64,
    /// Programmes.
    pub programme: u64,
    /// Vouchers.
    pub voucher: u64,
    /// Settlements.
    pub settlement: u64,
    /// Usage reports accepted.
    pub report: u64,
    /// Users.
    pub user: u64,
    /// Approvals.
    pub approval: u64,
    /// Applications.
    pub application: u64,
    /// Claims.
    pub claim: u64,
    /// Recoveries.
    pub recovery: u64,
    /// Flags.
    pub flag: u64,
    /// Requests to treasuries.
    pub treasury_request: u64,
    /// Disputes.
    pub dispute: u64,
    /// Keys of agents that sign usage.
    pub usage_key: u64,
    /// Outages.
    pub outage: u64,
}

impl Default for Counters {
    fn default() -> Counters {
        Counters {
            seq: 1,
            org: 1,
            listing: 1,
            bid: 1,
            fill: 1,
            programme: 1,
            voucher: 1,
            settlement: 1,
            report: 1,
            user: 1,
            approval: 1,
            application: 1,
            claim: 1,
            recovery: 1,
            flag: 1,
            treasury_request: 1,
            dispute: 1,
            usage_key: 1,
            outage: 1,
        }
    }
}

/// Accelerators, sites and what is published about them, by their place in the order of definition.
#[derive(Debug, Default)]
pub struct Catalogue {
    accelerators: Vec<Accelerator>,
    sites: Vec<Site>,
    reference_prices: Vec<Option<Price>>,
    accelerator_ids: FxHashMap<Code, AcceleratorId>,
    site_ids: FxHashMap<Code, SiteId>,
}

/// What an owner group, by its head, has drawn of a programme in a period.
pub type EntityPeriod = (ProgrammeId, OrgId, i32);

/// A contract that an application is for: the programme, and SHA-256 in hex of what tells the contract apart.
pub type ContractAsked = (ProgrammeId, Box<str>);

/// Earnings that become payable at one instant: paid by tenants, paid by programmes.
pub type Earnings = (Money, Money);

/// The state. Everything but the book's indexes and the timers, which follow from the rest, goes into the state hash.
#[derive(Debug, Default)]
pub struct State {
    /// The instant up to which the exchange has gone.
    pub now: Timestamp,
    /// The next identifiers.
    pub counters: Counters,
    /// Up to where usage was settled last; settlements never go back.
    pub settled_until: Timestamp,
    /// The settlement that is not over.
    pub run: Option<SettlementRun>,
    /// Up to where periods are closed: nothing is booked or counted before it any more.
    pub closed_until: Timestamp,
    /// Schedules of fees, those too that will be in force, by their first instant. Without one the terms say the rates.
    pub fees: BTreeMap<Timestamp, FeeSchedule>,
    /// Rates of VAT contained in fees, by their first instant. Without one the terms say the rate.
    pub vat_changes: BTreeMap<Timestamp, BasisPoints>,
    /// What organisations have traded this month, which follows from the fills.
    pub traded: Traded,
    /// Terms in force.
    pub terms: Terms,
    /// Reference data.
    pub catalogue: Catalogue,
    /// All organisations.
    pub orgs: BTreeMap<OrgId, Organisation>,
    /// Who has which social credit code.
    pub org_by_uscc: FxHashMap<Uscc, OrgId>,
    /// How organisations are related beyond their owner groups.
    pub relations: RelationGraph,
    /// Open listings and bids.
    pub book: Book,
    /// How many open bids each organisation has.
    pub open_bids: BTreeMap<OrgId, u32>,
    /// To whom access material of organisations is encrypted.
    pub access_keys: BTreeMap<OrgId, AccessKey>,
    /// Leases that are not closed.
    pub leases: BTreeMap<LeaseId, Lease>,
    /// All disputes about these, the decided ones too.
    pub disputes: BTreeMap<DisputeId, Dispute>,
    /// The public keys of providers' agents, the revoked ones too.
    pub usage_keys: BTreeMap<(OrgId, UsageKeyId), UsageKey>,
    /// All programmes.
    pub programmes: BTreeMap<ProgrammeId, Programme>,
    /// All vouchers, the expired ones too: leases may still draw on what they had reserved.
    pub vouchers: BTreeMap<VoucherId, Voucher>,
    /// Which of these an organisation has that have not expired.
    pub vouchers_of: BTreeMap<OrgId, Vec<VoucherId>>,
    /// Drawn and not given back, by entity and period.
    pub drawn: BTreeMap<EntityPeriod, Money>,
    /// What owner groups have spent and agreed, by the head of the group and the calendar year in Asia/Shanghai.
    pub spent: BTreeMap<(OrgId, i32), Spending>,
    /// What each programme's vouchers have reserved for live leases, which follows from these; zero where there is no entry.
    pub reserved_of: BTreeMap<ProgrammeId, Money>,
    /// The places of providers in the lists of programmes, by programme and provider; those too that have ended.
    pub provider_lists: BTreeMap<(ProgrammeId, OrgId), Vec<ListedProvider>>,
    /// Up to when the meter of a provider at a site is read.
    pub power_until: BTreeMap<(OrgId, SiteId), Timestamp>,
    /// What is known of entities.
    pub facts: BTreeMap<OrgId, EntityFacts>,
    /// Calendars of working days, by jurisdiction and year.
    pub calendars: BTreeMap<(String, i32), Calendar>,
    /// Caps that two people have lifted, by programme and owner group.
    pub cap_lifts: BTreeMap<(ProgrammeId, OrgId), Money>,
    /// Which contract of a programme which application is for: of those that are open and those that were granted.
    pub contracts_asked: BTreeMap<ContractAsked, ApplicationId>,
    /// Applications that are not decided.
    pub applications: BTreeMap<ApplicationId, Application>,
    /// All claims.
    pub claims: BTreeMap<ClaimId, Claim>,
    /// Which contracts these are of.
    pub contracts: Contracts,
    /// All recoveries.
    pub recoveries: BTreeMap<RecoveryId, Recovery>,
    /// What they come to.
    pub recovered: Recovered,
    /// All flags.
    pub flags: BTreeMap<FlagId, Flag>,
    /// Outages of leases that are not closed.
    pub sla: SlaBooks,
    /// The open ones that hold something back, by what they name. It follows from the flags.
    pub holding: BTreeMap<Subject, BTreeSet<FlagId>>,
    /// All requests to treasuries.
    pub treasury_requests: BTreeMap<TreasuryRequestId, TreasuryRequest>,
    /// Still disputable, by when that ends.
    pub earnings: BTreeMap<(Timestamp, OrgId), Earnings>,
    /// All users, those too who may not act any more.
    pub users: BTreeMap<UserId, User>,
    /// What waits for a second person.
    pub approvals: BTreeMap<ApprovalId, Approval>,
    /// What the bank called the deposits that are booked.
    pub bank_refs: BTreeSet<Box<str>>,
    /// What is known of banks.
    pub banking: Banking,
    /// The ledger.
    pub ledger: Ledger,
    /// What is due when.
    pub timers: Timers,
}

impl State {
    /// The head of an organisation's owner group; of one that is not known, itself.
    pub fn group_of(&self, org: OrgId) -> OrgId {
        self.orgs.get(&org).map_or(org, |known| known.group)
    }

    /// What is known of an entity; nothing, where nothing was attested.
    pub fn facts_of(&self, org: OrgId) -> &EntityFacts {
        static NOTHING: EntityFacts = EntityFacts::NOTHING;
        self.facts.get(&org).unwrap_or(&NOTHING)
    }

    /// A place at the end of the order of precedence.
    pub fn next_seq(&mut self) -> Seq {
        let seq = Seq(self.counters.seq);
        self.counters.seq += 1;
        seq
    }
}

/// The number after `last` in a dense sequence of 16 bits.
fn dense(length: usize) -> Option<u16> {
    u16::try_from(length).ok()
}

impl Catalogue {
    /// Adds a model; none if its code is taken or there are too many.
    pub fn add_accelerator(&mut self, accelerator: Accelerator) -> Option<AcceleratorId> {
        let id = AcceleratorId(dense(self.accelerators.len())?);
        if self.accelerator_ids.contains_key(&accelerator.code) {
            return None;
        }
        self.accelerator_ids.insert(accelerator.code.clone(), id);
        self.accelerators.push(accelerator);
        self.reference_prices.push(None);
        Some(id)
    }

    /// Adds a site; none if its code is taken or there are too many.
    pub fn add_site(&mut self, site: Site) -> Option<SiteId> {
        let id = SiteId(dense(self.sites.len())?);
        if self.site_ids.contains_key(&site.code) {
            return None;
        }
        self.site_ids.insert(site.code.clone(), id);
        self.sites.push(site);
        Some(id)
    }

    /// Publishes a reference price.
    pub fn set_reference_price(&mut self, id: AcceleratorId, price: Price) {
        if let Some(slot) = self.reference_prices.get_mut(usize::from(id.0)) {
            *slot = Some(price);
        }
    }

    /// The model of a code.
    pub fn accelerator_id(&self, code: &Code) -> Option<AcceleratorId> {
        self.accelerator_ids.get(code).copied()
    }

    /// The site of a code.
    pub fn site_id(&self, code: &Code) -> Option<SiteId> {
        self.site_ids.get(code).copied()
    }

    /// A model.
    pub fn accelerator(&self, id: AcceleratorId) -> Option<&Accelerator> {
        self.accelerators.get(usize::from(id.0))
    }

    /// A site.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(usize::from(id.0))
    }

    /// The reference price of a model, if one is published.
    pub fn reference_price(&self, id: AcceleratorId) -> Option<Price> {
        self.reference_prices.get(usize::from(id.0)).copied().flatten()
    }

    /// All models in the order of definition.
    pub fn accelerators(&self) -> &[Accelerator] {
        &self.accelerators
    }

    /// All sites in the order of definition.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// All reference prices, by model.
    pub fn reference_prices(&self) -> &[Option<Price>] {
        &self.reference_prices
    }
}
