//! What detectors look at, read from the tables. See [`Reader::hold_still`] for what keeps it of one instant.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::Reader;
use super::fill::{FillDrawRow, FillRow};
use super::integrity;
use super::lease::LeaseRow;
use super::load::{LoadError, PAGE, narrow};
use super::office;
use super::organisation;
use super::programme;
use super::reference::{self, ReferencePriceRow};
use super::schema::{fill, fill_draw, lease, reference_price, usage_report};
use super::usage::{UsageKind, UsageReportRow};
use super::voucher;
use crate::domain::claim::Claim;
use crate::domain::contract::{Contract, ContractKey};
use crate::domain::id::{AcceleratorId, LeaseId, OrgId, ProgrammeId, SiteId};
use crate::domain::money::{Money, Price};
use crate::domain::time::{Hour, Timestamp};
use crate::engine::integrity::fact::{ClaimFact, Facts, FillFact, OrgFact, PowerFact, ReferenceFact, UseFact, UseKind};
use crate::on;

/// All facts but usage.
pub fn load(reader: &mut Reader) -> Result<Facts, LoadError> {
    let mut facts = Facts::default();
    for org in organisation::load_all(reader)? {
        facts.codes.insert(org.profile.uscc, org.id);
        let fact = OrgFact {
            code: Some(org.profile.uscc),
            group: org.group,
            founded: None,
        };
        facts.orgs.insert(org.id, fact);
    }
    for (org, attested) in integrity::load_facts(reader)? {
        if let Some(fact) = facts.orgs.get_mut(&org) {
            fact.founded = attested.founded;
        }
    }
    for programme in programme::load_all(reader)? {
        facts.programmes.insert(programme.id, programme);
    }
    for relation in integrity::load_relations(reader)? {
        let groups = (facts.group(relation.said.a), facts.group(relation.said.b));
        facts.relations.put(relation, groups);
    }
    let accelerators = reference::load_accelerators(reader)?.into_iter();
    facts.accelerators = accelerators.map(|accelerator| accelerator.code).collect();
    facts.sites = reference::load_sites(reader)?
        .into_iter()
        .map(|site| site.code)
        .collect();
    facts.references = references(reader)?;
    let payers = payers(reader)?;
    let mut after = -1;
    loop {
        let page = fills(reader, after)?;
        let Some((last, _)) = page.last() else { break };
        after = last.id;
        for (row, until_hour) in &page {
            facts.fills.push(fill_fact(row, *until_hour, &payers)?);
        }
    }
    let claims = office::load_claims(reader)?;
    facts.claims = claims.iter().map(|claim| claim_fact(claim, &facts)).collect();
    let power = integrity::load_power(reader)?.into_iter();
    facts.power = power.map(|(seq, reading)| PowerFact { seq, reading }).collect();
    Ok(facts)
}

/// Reference prices and from when they were in force.
fn references(reader: &mut Reader) -> Result<Vec<ReferenceFact>, LoadError> {
    let query = reference_price::table
        .order(reference_price::seq)
        .select(ReferencePriceRow::columns());
    let rows: Vec<ReferencePriceRow> = on!(reader, connection => query.load(connection))?;
    let fact = |row: ReferencePriceRow| {
        Ok(ReferenceFact {
            accelerator: AcceleratorId(narrow("reference_price.accelerator", row.accelerator)?),
            since: Timestamp::from_micros(row.since),
            price: Price::from_micros(row.price),
        })
    };
    rows.into_iter().map(fact).collect()
}

/// Of which programme most of the subsidy of a fill comes; where two give the same, the older one.
fn payers(reader: &mut Reader) -> Result<BTreeMap<i64, ProgrammeId>, LoadError> {
    let vouchers = voucher::load_all(reader)?.into_iter();
    let programmes: BTreeMap<i64, ProgrammeId> = vouchers
        .map(|voucher| (voucher.id.0.cast_signed(), voucher.programme))
        .collect();
    let query = fill_draw::table
        .order((fill_draw::fill, fill_draw::idx))
        .select(FillDrawRow::columns());
    let rows: Vec<FillDrawRow> = on!(reader, connection => query.load(connection))?;
    let mut sums: BTreeMap<i64, BTreeMap<ProgrammeId, i64>> = BTreeMap::new();
    for row in rows {
        if let Some(programme) = programmes.get(&row.voucher) {
            let sum = sums.entry(row.fill).or_default().entry(*programme).or_default();
            *sum = sum.saturating_add(row.amount);
        }
    }
    let most = |of_fill: BTreeMap<ProgrammeId, i64>| {
        let most = of_fill
            .into_iter()
            .max_by_key(|(programme, sum)| (*sum, std::cmp::Reverse(*programme)));
        most.map(|(programme, _)| programme)
    };
    Ok(sums
        .into_iter()
        .filter_map(|(fill, sums)| Some((fill, most(sums)?)))
        .collect())
}

/// Fills with the hours at which their leases end.
fn fills(reader: &mut Reader, after: i64) -> Result<Vec<(FillRow, i64)>, LoadError> {
    let query = lease::table
        .inner_join(fill::table)
        .filter(lease::id.gt(after))
        .order(lease::id)
        .limit(PAGE)
        .select((LeaseRow::columns(), FillRow::columns()));
    let rows: Vec<(LeaseRow, FillRow)> = on!(reader, connection => query.load(connection))?;
    Ok(rows.into_iter().map(|(lease, fill)| (fill, lease.until_hour)).collect())
}

fn fill_fact(row: &FillRow, until_hour: i64, payers: &BTreeMap<i64, ProgrammeId>) -> Result<FillFact, LoadError> {
    let hour = |column, value| narrow(column, value).map(|hour| Hour(hour).timestamp());
    Ok(FillFact {
        lease: LeaseId(row.lease.cast_unsigned()),
        tenant: OrgId(row.tenant.cast_unsigned()),
        provider: OrgId(row.provider.cast_unsigned()),
        accelerator: AcceleratorId(narrow("fill.accelerator", row.accelerator)?),
        site: SiteId(narrow("fill.site", row.site)?),
        cards: narrow("fill.cards", row.cards)?,
        from: hour("fill.from_hour", row.from_hour)?,
        until: hour("lease.until_hour", until_hour)?,
        price: Price::from_micros(row.price),
        charge: Money::from_fen(row.charge),
        voucher: Money::from_fen(row.voucher),
        programme: payers.get(&row.id).copied(),
        at: Timestamp::from_micros(row.at),
    })
}

fn claim_fact(claim: &Claim, facts: &Facts) -> ClaimFact {
    let (from, until) = claim.contract.window();
    let counterparty = match &claim.contract {
        Contract::Lease(lease) => facts.orgs.get(&lease.provider).and_then(|org| org.code),
        Contract::External(contract) => Some(contract.counterparty),
    };
    let contract = match claim.contract.key() {
        ContractKey::Lease(lease) => lease.to_string(),
        ContractKey::Document(hash) => hash.to_string(),
    };
    ClaimFact {
        claim: claim.id,
        programme: claim.programme,
        org: claim.org,
        contract,
        counterparty,
        is_external: matches!(claim.contract, Contract::External(_)),
        site: claim.contract.site().cloned(),
        accelerator: claim.contract.accelerator().cloned(),
        cards: claim.contract.cards(),
        from,
        until,
        signed_at: claim.contract.signed_on(),
        amount: claim.amount,
        is_live: claim.state.is_live(),
        at: claim.created_at,
    }
}

/// Hands every usage report to `take`.
pub fn usage(reader: &mut Reader, mut take: impl FnMut(UseFact)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = usage_report::table
            .filter(usage_report::seq.gt(after))
            .order(usage_report::seq)
            .limit(PAGE)
            .select(UsageReportRow::columns());
        let page: Vec<UsageReportRow> = on!(&mut *reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        for row in &page {
            let kind = match row.kind.0 {
                // A late reading parts a span that is known already and changes no total.
                UsageKind::Counter if row.counts() == 0 => continue,
                UsageKind::Span | UsageKind::Counter => UseKind::Report,
                UsageKind::Correction => UseKind::Correction,
                UsageKind::Withdrawal => UseKind::Withdrawal,
                // What is disputed is about money; what was delivered is what was reported.
                UsageKind::Acceptance | UsageKind::Hold | UsageKind::Release => continue,
            };
            take(UseFact {
                lease: LeaseId(row.lease.cast_unsigned()),
                from: Timestamp::from_micros(row.from_at),
                until: Timestamp::from_micros(row.until_at),
                card_seconds: row.counts(),
                kind,
            });
        }
    }
}
