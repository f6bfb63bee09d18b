//! The statement of one issuer: programme by programme the pot, the vouchers, the treasuries, applications and claims.
//!
//! A period chooses vouchers by their grant, and applications, claims and recoveries by when they were made; all are followed to
//! their end. Pots and treasuries are as they stand.

mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fact::{Names, TransferFact};
use super::figure::{Period, Ratio};
use super::voucher_statement::{Office, fine, granted};
use super::vouchers::{ProgrammeFigures, Vouchers};
use crate::domain::application::ApplicationStatus;
use crate::domain::claim::ClaimState;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::treasury::{TreasuryRequest, TreasuryRequestState};
use crate::domain::voucher::Voucher;
use crate::engine::ledger::Account;

/// A treasury that pays a part of a programme, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayerLine {
    /// Who.
    pub payer: String,
    /// Its part of what was redeemed, net of what was taken back. = received + receivable.
    pub redeemed: Money,
    /// Asked for and not yet come.
    pub requested: Money,
    /// What it has paid.
    pub received: Money,
    /// What it owes.
    pub receivable: Money,
}

/// Applications that stand at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ApplicationsLine {
    /// Where.
    pub state: ApplicationStatus,
    /// How many.
    pub applications: u64,
    /// What they ask for.
    pub asked: Money,
    /// What they were granted.
    pub granted: Money,
}

/// Claims that stand at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClaimsLine {
    /// Where.
    pub state: ClaimState,
    /// How many.
    pub claims: u64,
    /// The expenses.
    pub base: Money,
    /// The subsidies, with what was taken back since.
    pub amount: Money,
}

/// What a city is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Indicators {
    /// Organisations that applied ÷ organisations invited in the period, as the issuer has recorded it; no ratio where it has not.
    pub applied_of_invited: Ratio,
    /// Redeemed net of what was taken back ÷ appropriated.
    pub paid_of_pot: Ratio,
    /// Expired, back in the pot or for good ÷ granted. What was revoked or given back early did not expire.
    pub expired_of_issued: Ratio,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgrammeLine {
    /// Its pot, and what became of its vouchers.
    #[serde(flatten)]
    pub figures: ProgrammeFigures,
    /// Where it stands.
    pub state: ProgrammeState,
    /// Fines that came with what was taken back.
    pub fines: Money,
    /// Of all fines ever, what went to the treasuries.
    pub fines_remitted: Money,
    /// Who pays it.
    pub treasuries: Vec<PayerLine>,
    /// Its applications, by state.
    pub applications: Vec<ApplicationsLine>,
    /// Its claims, by state.
    pub claims: Vec<ClaimsLine>,
    /// What a city is measured by.
    pub indicators: Indicators,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgrammeStatementReport {
    /// The period.
    pub period: Period,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Its programmes, and those that belong to no issuer in particular.
    pub programmes: Vec<ProgrammeLine>,
}

/// The fold.
#[derive(Debug)]
pub struct ProgrammeStatement {
    period: Period,
    org: OrgId,
    programmes: Vec<Programme>,
    vouchers: Vouchers,
    office: Office,
    requests: Vec<TreasuryRequest>,
}

impl ProgrammeStatement {
    /// Of one issuer; of others' programmes nothing is looked at.
    pub fn new(
        (period, org): (Period, OrgId),
        mut programmes: Vec<Programme>,
        (mut vouchers, accounts): (Vec<Voucher>, &[Account]),
        (mut office, requests): (Office, Vec<TreasuryRequest>),
    ) -> ProgrammeStatement {
        programmes.retain(|programme| programme.issuer.is_none_or(|issuer| issuer == org));
        let own: BTreeSet<ProgrammeId> = programmes.iter().map(|programme| programme.id).collect();
        vouchers.retain(|voucher| own.contains(&voucher.programme));
        office.applications.retain(|one| period.contains(one.created_at));
        office.claims.retain(|one| period.contains(one.created_at));
        office.recoveries.retain(|one| period.contains(one.created_at));
        ProgrammeStatement {
            period,
            org,
            vouchers: Vouchers::new(period, programmes.clone(), vouchers, accounts),
            programmes,
            office,
            requests,
        }
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        self.vouchers.add_transfer(transfer)
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<ProgrammeStatementReport, Overflow> {
        let ProgrammeStatement {
            period,
            org,
            programmes,
            vouchers,
            office,
            requests,
        } = self;
        let figures = vouchers.finish(names)?.programmes.into_iter();
        let lines = programmes
            .iter()
            .zip(figures)
            .map(|(programme, figures)| line(programme, figures, (&office, &requests, period)));
        Ok(ProgrammeStatementReport {
            period,
            org,
            name: names.org(org),
            programmes: lines.collect::<Result<_, Overflow>>()?,
        })
    }
}

fn line(
    programme: &Programme,
    figures: ProgrammeFigures,
    (office, requests, period): (&Office, &[TreasuryRequest], Period),
) -> Result<ProgrammeLine, Overflow> {
    let id = programme.id;
    let recoveries = office.recoveries.iter().filter(|one| one.programme == Some(id));
    let applicants: BTreeSet<OrgId> = office
        .applications
        .iter()
        .filter(|one| one.programme == id)
        .map(|one| one.org)
        .collect();
    let uses = figures.uses;
    let invitations = programme.invitations.iter().filter(|one| period.contains(one.on));
    let invited = invitations.map(|one| u64::from(one.organisations)).sum();
    let indicators = Indicators {
        applied_of_invited: Ratio::of_counts(u64::try_from(applicants.len()).unwrap_or(u64::MAX), invited),
        paid_of_pot: Ratio::of_money(uses.redeemed, figures.pot),
        expired_of_issued: Ratio::of_money(uses.expired.plus(uses.lapsed)?, uses.granted),
    };
    Ok(ProgrammeLine {
        state: programme.state,
        fines: Money::sum(recoveries.map(fine))?,
        fines_remitted: fines_remitted(id, requests)?,
        treasuries: treasuries(id, &figures, requests)?,
        applications: applications(id, office)?,
        claims: claims(id, office)?,
        indicators,
        figures,
    })
}

/// What of a programme's fines went to its treasuries.
fn fines_remitted(id: ProgrammeId, requests: &[TreasuryRequest]) -> Result<Money, Overflow> {
    let remitted = requests
        .iter()
        .filter(|one| one.programme == id && one.state == TreasuryRequestState::FinesRemitted);
    Money::sum(remitted.map(|one| one.amount))
}

fn treasuries(
    id: ProgrammeId,
    figures: &ProgrammeFigures,
    requests: &[TreasuryRequest],
) -> Result<Vec<PayerLine>, Overflow> {
    let payer = |(place, payer): (u8, &super::vouchers::PayerFigures)| {
        let asked = || {
            requests
                .iter()
                .filter(move |one| one.programme == id && one.payer == place)
        };
        let requested = asked().map(TreasuryRequest::outstanding);
        let received = Money::sum(asked().map(|one| one.received))?;
        Ok(PayerLine {
            payer: payer.payer.clone(),
            redeemed: received.plus(payer.receivable)?,
            requested: Money::sum(requested.collect::<Result<Vec<Money>, Overflow>>()?)?,
            received,
            receivable: payer.receivable,
        })
    };
    (0_u8..).zip(&figures.payers).map(payer).collect()
}

fn applications(id: ProgrammeId, office: &Office) -> Result<Vec<ApplicationsLine>, Overflow> {
    let mut lines: BTreeMap<ApplicationStatus, ApplicationsLine> = BTreeMap::new();
    for one in office.applications.iter().filter(|one| one.programme == id) {
        let state = one.state.status();
        let line = lines.entry(state).or_insert(ApplicationsLine {
            state,
            applications: 0,
            asked: Money::ZERO,
            granted: Money::ZERO,
        });
        line.applications += 1;
        line.asked = line.asked.plus(one.request.amount)?;
        line.granted = line.granted.plus(granted(one).unwrap_or_default())?;
    }
    Ok(lines.into_values().collect())
}

fn claims(id: ProgrammeId, office: &Office) -> Result<Vec<ClaimsLine>, Overflow> {
    let mut lines: BTreeMap<ClaimState, ClaimsLine> = BTreeMap::new();
    for one in office.claims.iter().filter(|one| one.programme == id) {
        let line = lines.entry(one.state).or_insert(ClaimsLine {
            state: one.state,
            claims: 0,
            base: Money::ZERO,
            amount: Money::ZERO,
        });
        line.claims += 1;
        line.base = line.base.plus(one.base)?;
        line.amount = line.amount.plus(one.amount)?;
    }
    Ok(lines.into_values().collect())
}
