//! What detectors look at: what the tables hold, as values.

use std::collections::BTreeMap;

use super::relation::RelationGraph;
use crate::domain::code::Code;
use crate::domain::id::{AcceleratorId, ClaimId, LeaseId, OrgId, ProgrammeId, SiteId};
use crate::domain::money::{Money, Price};
use crate::domain::power::PowerReading;
use crate::domain::programme::Programme;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

/// An organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrgFact {
    /// Its social credit code, if it is known.
    pub code: Option<Uscc>,
    /// The head of its owner group.
    pub group: OrgId,
    /// When it was founded, if that was attested.
    pub founded: Option<Timestamp>,
}

/// A fill and its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillFact {
    /// The lease.
    pub lease: LeaseId,
    /// Who takes the cards.
    pub tenant: OrgId,
    /// Who lets them.
    pub provider: OrgId,
    /// The model.
    pub accelerator: AcceleratorId,
    /// The site.
    pub site: SiteId,
    /// How many cards.
    pub cards: u32,
    /// The first instant of the lease.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// At which price.
    pub price: Price,
    /// For how much.
    pub charge: Money,
    /// What vouchers pay of it.
    pub voucher: Money,
    /// Of which programme most of that comes; none where nothing is paid.
    pub programme: Option<ProgrammeId>,
    /// When it was agreed.
    pub at: Timestamp,
}

/// What is known of the contract of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFact {
    /// The claim.
    pub claim: ClaimId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Who claims.
    pub org: OrgId,
    /// Which contract: the lease, or the hash of the document.
    pub contract: String,
    /// The code of who delivers, if it is known.
    pub counterparty: Option<Uscc>,
    /// Whether it was signed elsewhere.
    pub is_external: bool,
    /// Where.
    pub site: Option<Code>,
    /// The model, if it is known.
    pub accelerator: Option<Code>,
    /// How many cards.
    pub cards: u32,
    /// The first instant of use.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// What was claimed.
    pub amount: Money,
    /// Whether it waits or was agreed to.
    pub is_live: bool,
    /// When it was made.
    pub at: Timestamp,
}

/// A usage report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseFact {
    /// Of which lease.
    pub lease: LeaseId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Card-seconds delivered, or by how many they have changed.
    pub card_seconds: i64,
    /// What it is.
    pub kind: UseKind,
}

/// What is known of the usage of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// It was reported.
    Report,
    /// What was reported was corrected.
    Correction,
    /// What was reported was withdrawn.
    Withdrawal,
}

/// A reading and its place among all readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerFact {
    /// The command that reported it.
    pub seq: i64,
    /// The reading.
    pub reading: PowerReading,
}

/// A reference price and from when it was in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceFact {
    /// Of which model.
    pub accelerator: AcceleratorId,
    /// From when.
    pub since: Timestamp,
    /// The price.
    pub price: Price,
}

/// All that detectors look at but usage, which is folded as it is read.
#[derive(Debug, Default)]
pub struct Facts {
    /// Organisations.
    pub orgs: BTreeMap<OrgId, OrgFact>,
    /// Who has which code.
    pub codes: BTreeMap<Uscc, OrgId>,
    /// Programmes.
    pub programmes: BTreeMap<ProgrammeId, Programme>,
    /// How organisations are related, as it is known now.
    pub relations: RelationGraph,
    /// Codes of the models, by their place in the order of definition.
    pub accelerators: Vec<Code>,
    /// Codes of the sites, the same.
    pub sites: Vec<Code>,
    /// Reference prices.
    pub references: Vec<ReferenceFact>,
    /// All fills.
    pub fills: Vec<FillFact>,
    /// All claims.
    pub claims: Vec<ClaimFact>,
    /// All readings.
    pub power: Vec<PowerFact>,
}

impl Facts {
    /// Puts them into an order that does not depend on how they came.
    pub fn sort(&mut self) {
        self.fills.sort_by_key(|fill| (fill.at, fill.lease));
        self.claims.sort_by_key(|claim| (claim.at, claim.claim));
        self.power.sort_by_key(|power| power.seq);
        self.references.sort_unstable();
    }

    /// The head of an organisation's owner group.
    pub fn group(&self, org: OrgId) -> OrgId {
        self.orgs.get(&org).map_or(org, |org| org.group)
    }

    /// The fills that carry a subsidy, with the programme.
    pub fn subsidised(&self) -> impl Iterator<Item = (&FillFact, &Programme)> {
        self.fills.iter().filter_map(|fill| {
            let programme = self.programmes.get(&fill.programme?)?;
            fill.voucher.is_positive().then_some((fill, programme))
        })
    }

    /// The reference price of a model that was in force at an instant.
    pub fn reference(&self, accelerator: AcceleratorId, at: Timestamp) -> Option<Price> {
        let of_model = self.references.iter().filter(|fact| fact.accelerator == accelerator);
        of_model.rev().find(|fact| fact.since <= at).map(|fact| fact.price)
    }

    /// The owner groups that the programme's rule relates to a group at an instant, as it is known now.
    pub fn related(&self, programme: &Programme, group: OrgId, at: Timestamp) -> Vec<OrgId> {
        let rule = &programme.rules.related_party;
        self.relations.reach(group, |relation| relation.relates(rule, at))
    }
}
