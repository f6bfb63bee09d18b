//! The reports: each gets its rows from the database and folds them. A new one is a file in `engine/report/` and its lines here.

pub mod cell;
pub mod csv;
pub mod document;
pub mod html;
pub mod label;
pub mod papers;
pub mod xlsx;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Overflow;
use crate::domain::month::Month;
use crate::engine::ledger::Account;
use crate::engine::report::bank_reconciliation::{BankFacts, BankReconciliation, BankReconciliationReport};
use crate::engine::report::fact::{Names, RedemptionFact};
use crate::engine::report::fault_rate::{FaultRate, FaultRateReport};
use crate::engine::report::focus::{self, FocusReport, Known};
use crate::engine::report::invoice::{self, InvoiceReport};
use crate::engine::report::market::{Market, MarketReport};
use crate::engine::report::programme_statement::{ProgrammeStatement, ProgrammeStatementReport};
use crate::engine::report::provider::{Provider, ProviderReport};
use crate::engine::report::statement::{Party, StatementReport};
use crate::engine::report::tenant::{Tenant, TenantReport};
use crate::engine::report::trial_balance::{TrialBalance, TrialBalanceReport};
use crate::engine::report::voucher_statement::{Office, VoucherStatement, VoucherStatementReport};
use crate::engine::report::vouchers::{Vouchers, VouchersReport};
use crate::engine::report::{Period, Section};
use crate::store::load::{LoadError, PAGE};
use crate::store::read::{Slice, redemption};
use crate::store::{
    Reader, account, application, banking, office, organisation, programme, reference, report, sla, voucher,
};

/// The reports that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The market.
    Market,
    /// Vouchers by programme.
    Vouchers,
    /// What all accounts hold.
    TrialBalance,
    /// How much of what was contracted was not there.
    FaultRate,
    /// The statement of one provider.
    Provider,
    /// The statement of one tenant.
    Tenant,
    /// The statement of one tenant's vouchers.
    VoucherStatement,
    /// The statement of one issuer's programmes.
    ProgrammeStatement,
    /// The statement of account of one party.
    Statement,
    /// Data of the invoices that one party issues and receives.
    Invoices,
    /// Cost and usage of one tenant in the columns of FOCUS 1.2.
    Focus,
    /// The bank's statements and the ledger.
    BankReconciliation,
}

impl Name {
    /// All of them.
    pub const ALL: [Name; 12] = [
        Name::Market,
        Name::Vouchers,
        Name::TrialBalance,
        Name::FaultRate,
        Name::Provider,
        Name::Tenant,
        Name::VoucherStatement,
        Name::ProgrammeStatement,
        Name::Statement,
        Name::Invoices,
        Name::Focus,
        Name::BankReconciliation,
    ];
    /// Those that look at the exchange as a whole.
    pub const WHOLE: [Name; 4] = [Name::Market, Name::Vouchers, Name::TrialBalance, Name::FaultRate];

    /// Its public name.
    pub fn as_str(self) -> &'static str {
        match self {
            Name::Market => "market",
            Name::Vouchers => "vouchers",
            Name::TrialBalance => "trial-balance",
            Name::FaultRate => "fault-rate",
            Name::Provider => "provider",
            Name::Tenant => "tenant",
            Name::VoucherStatement => "voucher-statement",
            Name::ProgrammeStatement => "programme-statement",
            Name::Statement => "statement",
            Name::Invoices => "invoices",
            Name::Focus => "focus",
            Name::BankReconciliation => "bank-reconciliation",
        }
    }

    /// Whether it is the statement of one organisation.
    pub fn is_statement(self) -> bool {
        match self {
            Name::Provider
            | Name::Tenant
            | Name::VoucherStatement
            | Name::ProgrammeStatement
            | Name::Statement
            | Name::Invoices
            | Name::Focus => true,
            Name::Market | Name::Vouchers | Name::TrialBalance | Name::BankReconciliation | Name::FaultRate => false,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Why a text names no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no report")]
pub struct ParseNameError;

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Name, ParseNameError> {
        let found = Name::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or(ParseNameError)
    }
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// The period.
    pub period: Period,
    /// For a statement: whose.
    pub org: Option<OrgId>,
    /// The month that the period is, where one was asked for.
    pub month: Option<Month>,
    /// For the report of vouchers: only what is under programmes of this authority, or of nobody in particular; none: everything.
    pub issuer: Option<OrgId>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// The market.
    Market(Box<MarketReport>),
    /// Vouchers by programme.
    Vouchers(VouchersReport),
    /// What all accounts hold.
    TrialBalance(TrialBalanceReport),
    /// How much of what was contracted was not there.
    FaultRate(FaultRateReport),
    /// The statement of one provider.
    Provider(ProviderReport),
    /// The statement of one tenant.
    Tenant(TenantReport),
    /// The statement of one tenant's vouchers.
    VoucherStatement(Box<VoucherStatementReport>),
    /// The statement of one issuer's programmes.
    ProgrammeStatement(ProgrammeStatementReport),
    /// The statement of account of one party.
    Statement(Box<StatementReport>),
    /// Data of invoices.
    Invoices(Box<InvoiceReport>),
    /// Cost and usage.
    Focus(Box<FocusReport>),
    /// The bank's statements and the ledger.
    BankReconciliation(Box<BankReconciliationReport>),
}

impl Report {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        match self {
            Report::Market(report) => report.sections(),
            Report::Vouchers(report) => report.sections(),
            Report::TrialBalance(report) => report.sections(),
            Report::FaultRate(report) => report.sections(),
            Report::Provider(report) => report.sections(),
            Report::Tenant(report) => report.sections(),
            Report::VoucherStatement(report) => report.sections(),
            Report::ProgrammeStatement(report) => report.sections(),
            Report::Statement(report) => report.sections(),
            Report::Invoices(report) => report.sections(),
            Report::Focus(report) => report.sections(),
            Report::BankReconciliation(report) => report.sections(),
        }
    }

    /// How many things in it contradict each other; none in right books.
    pub fn contradictions(&self) -> u64 {
        match self {
            Report::TrialBalance(report) => report.contradictions(),
            Report::BankReconciliation(report) => report.contradictions(),
            Report::Market(_)
            | Report::Vouchers(_)
            | Report::FaultRate(_)
            | Report::Provider(_)
            | Report::Tenant(_)
            | Report::VoucherStatement(_)
            | Report::ProgrammeStatement(_)
            | Report::Statement(_)
            | Report::Invoices(_)
            | Report::Focus(_) => 0,
        }
    }

    /// As text for spreadsheets. What other programs read as a table is one table and nothing else.
    pub fn csv(&self) -> String {
        match self {
            Report::Focus(report) => csv::table(&report.sections()),
            Report::Market(_)
            | Report::Vouchers(_)
            | Report::TrialBalance(_)
            | Report::Provider(_)
            | Report::Tenant(_)
            | Report::VoucherStatement(_)
            | Report::ProgrammeStatement(_)
            | Report::Statement(_)
            | Report::FaultRate(_)
            | Report::BankReconciliation(_)
            | Report::Invoices(_) => csv::csv(&self.sections()),
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Sums left the range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A statement is that of an organisation.
    #[error("a statement is that of one organisation: say which")]
    NoOrg,
    /// Invoices and what goes with them are of a month.
    #[error("is of one month: say which")]
    NoMonth,
    /// It would be too long.
    #[error("more than {} transfers: ask for a shorter period", papers::TRANSFERS_MAX)]
    TooLong,
}

/// The organisation with this identifier, social credit code or name.
pub fn find_org(reader: &mut Reader, text: &str) -> Result<Option<OrgId>, LoadError> {
    let orgs = organisation::load_all(reader)?;
    let found = orgs
        .into_iter()
        .find(|org| org.id.to_string() == text || org.profile.uscc.to_string() == text || org.profile.name == text);
    Ok(found.map(|org| org.id))
}

/// Reports. What a reader sees may change between two reads: give it a snapshot first.
pub fn run(reader: &mut Reader, name: Name, scope: Scope) -> Result<Report, ReportError> {
    let names = report::names(reader)?;
    match name {
        Name::Market => market(reader, scope, &names),
        Name::Vouchers => vouchers(reader, scope, &names),
        Name::TrialBalance => trial_balance(reader, scope),
        Name::FaultRate => fault_rate(reader, scope, &names),
        Name::Provider => provider(reader, scope, &names),
        Name::Tenant => tenant(reader, scope, &names),
        Name::VoucherStatement => voucher_statement(reader, scope, &names),
        Name::ProgrammeStatement => programme_statement(reader, scope, &names),
        Name::Statement => statement(reader, scope, &names),
        Name::Invoices => invoices(reader, scope),
        Name::Focus => focus(reader, scope, &names),
        Name::BankReconciliation => bank_reconciliation(reader, scope),
    }
}

fn statement(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let party = scope.org.map_or(Party::Platform, Party::Org);
    let books = papers::books(reader, (scope.period, party), true)?;
    let who = papers::parties(reader)?.named(party);
    let report = StatementReport::new(books, (who.name, who.uscc), names)?;
    Ok(Report::Statement(Box::new(report)))
}

fn invoices(reader: &mut Reader, scope: Scope) -> Result<Report, ReportError> {
    let month = scope.month.ok_or(ReportError::NoMonth)?;
    let party = scope.org.map_or(Party::Platform, Party::Org);
    let books = papers::books(reader, (scope.period, party), false)?;
    let report = invoice::invoices(&books, month, &papers::parties(reader)?)?;
    Ok(Report::Invoices(Box::new(report)))
}

fn focus(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let org = scope.org.ok_or(ReportError::NoOrg)?;
    let month = scope.month.ok_or(ReportError::NoMonth)?;
    let books = papers::books(reader, (scope.period, Party::Org(org)), false)?;
    let (parties, sites) = (papers::parties(reader)?, reference::load_sites(reader)?);
    let known = Known {
        parties: &parties,
        names,
        sites: &sites,
    };
    let report = focus::focus(&books, (org, month), known)?;
    Ok(Report::Focus(Box::new(report)))
}

fn market(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let mut fold = Market::new(scope.period, report::now(reader)?);
    report::commands(reader, surely(|command| fold.add_command(command)))?;
    for listing in report::listings(reader)? {
        fold.add_listing(&listing);
    }
    report::bids(reader, |bid| fold.add_bid(&bid).map_err(ReportError::from))?;
    report::leases(reader, |lease| fold.add_lease(&lease).map_err(ReportError::from))?;
    report::usage(reader, surely(|usage| fold.add_usage(&usage)))?;
    Ok(Report::Market(Box::new(fold.finish(names)?)))
}

fn vouchers(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let (mut programmes, mut vouchers) = (programme::load_all(reader)?, voucher::load_all(reader)?);
    if let Some(issuer) = scope.issuer {
        programmes.retain(|programme| programme.issuer.is_none_or(|own| own == issuer));
        let seen: BTreeSet<ProgrammeId> = programmes.iter().map(|programme| programme.id).collect();
        vouchers.retain(|voucher| seen.contains(&voucher.programme));
    }
    let mut fold = Vouchers::new(scope.period, programmes, vouchers, &accounts(reader)?);
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::Vouchers(fold.finish(names)?))
}

fn trial_balance(reader: &mut Reader, scope: Scope) -> Result<Report, ReportError> {
    let mut fold = TrialBalance::new(scope.period, accounts(reader)?);
    report::transfers(reader, surely(|transfer| fold.add_transfer(&transfer)))?;
    Ok(Report::TrialBalance(fold.finish()))
}

fn fault_rate(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let mut fold = FaultRate::new(scope.period, report::now(reader)?);
    sla::all(reader, surely(|outage| fold.add_outage(outage)))?;
    report::leases(reader, surely(|lease| fold.add_lease(&lease)))?;
    Ok(Report::FaultRate(fold.finish(names)))
}

fn provider(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let org = scope.org.ok_or(ReportError::NoOrg)?;
    let mut fold = Provider::new(scope.period, org, &accounts(reader)?);
    for listing in report::listings(reader)? {
        fold.add_listing(&listing, names);
    }
    report::leases(reader, |lease| fold.add_lease(&lease).map_err(ReportError::from))?;
    report::usage(reader, surely(|usage| fold.add_usage(&usage)))?;
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::Provider(fold.finish(names)?))
}

fn tenant(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let org = scope.org.ok_or(ReportError::NoOrg)?;
    let vouchers = voucher::load_all(reader)?;
    let mut fold = Tenant::new(scope.period, org, (&accounts(reader)?, &vouchers));
    report::bids(reader, surely(|bid| fold.add_bid(&bid)))?;
    report::leases(reader, |lease| fold.add_lease(&lease, names).map_err(ReportError::from))?;
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::Tenant(fold.finish(names)?))
}

fn voucher_statement(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let org = scope.org.ok_or(ReportError::NoOrg)?;
    let vouchers = voucher::load_all(reader)?;
    let own: Vec<VoucherId> = vouchers
        .iter()
        .filter(|voucher| voucher.org == org)
        .map(|voucher| voucher.id)
        .collect();
    let mut fold = VoucherStatement::new(
        (scope.period, org),
        programme::load_all(reader)?,
        (vouchers, &accounts(reader)?),
        office_of(reader)?,
    );
    for voucher in own {
        redemptions(reader, voucher, &mut fold)?;
    }
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::VoucherStatement(Box::new(fold.finish(names)?)))
}

/// What a voucher pays, page after page.
fn redemptions(reader: &mut Reader, voucher: VoucherId, fold: &mut VoucherStatement) -> Result<(), LoadError> {
    let mut next = Some(i64::MAX);
    while let Some(key) = next {
        let found = redemption::redemptions(reader, voucher, Slice { key, limit: PAGE })?;
        next = found.next;
        for stored in found.rows {
            fold.add_redemption(RedemptionFact {
                voucher,
                lease: stored.lease,
                at: stored.at,
                state: stored.state,
                agreed: stored.amount,
                redeemed: stored.redeemed,
                steps: stored.evaluation.map(|found| found.steps).unwrap_or_default(),
            });
        }
    }
    Ok(())
}

fn programme_statement(reader: &mut Reader, scope: Scope, names: &Names) -> Result<Report, ReportError> {
    let org = scope.org.ok_or(ReportError::NoOrg)?;
    let mut fold = ProgrammeStatement::new(
        (scope.period, org),
        programme::load_all(reader)?,
        (voucher::load_all(reader)?, &accounts(reader)?),
        (office_of(reader)?, office::load_treasury_requests(reader)?),
    );
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::ProgrammeStatement(fold.finish(names)?))
}

fn bank_reconciliation(reader: &mut Reader, scope: Scope) -> Result<Report, ReportError> {
    let awaited = banking::load_awaited(reader)?.into_iter();
    let facts = BankFacts {
        custody: banking::load_custody(reader)?,
        statements: banking::load_statements(reader)?,
        awaited: awaited.map(|row| row.line()).collect(),
        payouts: banking::load_payouts(reader)?,
        suspense: banking::load_suspense(reader)?,
    };
    let mut fold = BankReconciliation::new(scope.period, facts, &accounts(reader)?);
    report::transfers(reader, |transfer| {
        fold.add_transfer(&transfer).map_err(ReportError::from)
    })?;
    Ok(Report::BankReconciliation(Box::new(fold.finish()?)))
}

fn office_of(reader: &mut Reader) -> Result<Office, LoadError> {
    Ok(Office {
        applications: application::load_all(reader)?,
        claims: office::load_claims(reader)?,
        recoveries: office::load_recoveries(reader)?,
    })
}

/// Something that takes rows and cannot fail.
fn surely<T>(mut take: impl FnMut(T)) -> impl FnMut(T) -> Result<(), ReportError> {
    move |row| {
        take(row);
        Ok(())
    }
}

fn accounts(reader: &mut Reader) -> Result<Vec<Account>, LoadError> {
    let mut accounts = Vec::new();
    account::load_all(reader, |account| accounts.push(account))?;
    Ok(accounts)
}
