//! Reports.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::permission::{
    Caller, Permit, Reach, ReadBanking, ReadProgrammeStatements, ReadStatements, ReadTreasuries,
};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::report::document::{self, Document, DocumentError, Format};
use crate::app::report::{self, Name, Report, ReportError, Scope};
use crate::domain::id::OrgId;
use crate::domain::month::Month;
use crate::domain::time::Timestamp;
use crate::engine::rejection::FieldRule;
use crate::engine::report::Period;

/// A report that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportView {
    /// Its name in the path.
    pub name: Name,
    /// Whether it is the statement of one organisation.
    pub is_statement: bool,
}

/// Of what a report is, and how it is written.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// From which instant on.
    pub from: Option<Timestamp>,
    /// Up to which instant, that instant not included.
    pub until: Option<Timestamp>,
    /// Instead of both: a calendar month in Asia/Shanghai, such as 2026-12.
    pub period: Option<Month>,
    /// For a statement: whose. Those who only see their own need not say so.
    pub org: Option<OrgId>,
    /// How it is written; `json` unless it is said.
    #[serde(default)]
    #[param(inline, required = false)]
    pub format: Format,
}

/// A report that was made, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The report.
    pub report: Report,
    name: Name,
    scope: Scope,
    format: Format,
}

impl Made {
    /// As a file. Large ones take their time: let go of the database first.
    ///
    /// # Errors
    /// It cannot be written so; see [`DocumentError`].
    pub fn document(&self) -> Result<Document, DocumentError> {
        document::document(&self.report, (self.name, self.scope), self.format)
    }
}

/// How far somebody reaches, by report.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    reach: Reach,
    /// For the statements of issuers; none: there are none for the caller.
    issuing: Option<Reach>,
    /// For statements of account and what goes with them.
    accounting: Option<Reach>,
    /// For what banks say.
    banking: Option<Reach>,
    /// Whose programmes alone the report of vouchers shows, with what treasuries owe under them; none: those of all.
    issuer: Option<OrgId>,
}

impl Asker {
    /// Of a caller who has reports within `reach`.
    pub fn new(reach: Reach, caller: &Caller) -> Asker {
        let issuing = Permit::<ReadProgrammeStatements>::of(caller.clone()).ok();
        let accounting = Permit::<ReadStatements>::of(caller.clone()).ok();
        let banking = Permit::<ReadBanking>::of(caller.clone()).ok();
        let treasuries = Permit::<ReadTreasuries>::of(caller.clone()).ok();
        Asker {
            reach,
            issuer: treasuries.and_then(|permit| permit.reach().limit()),
            issuing: issuing.map(|permit| permit.reach()),
            accounting: accounting.map(|permit| permit.reach()),
            banking: banking.map(|permit| permit.reach()),
        }
    }

    /// Of a caller who may have statements of account within `reach`, and asks for nothing else.
    pub fn of_statements(reach: Reach) -> Asker {
        Asker {
            reach,
            issuing: None,
            accounting: Some(reach),
            banking: None,
            issuer: None,
        }
    }

    /// How far for this report. Who only sees the own gets statements, and none of the whole exchange.
    fn reach(self, name: Name) -> Option<Reach> {
        match name {
            Name::ProgrammeStatement => self.issuing,
            Name::Statement | Name::Invoices | Name::Focus => self.accounting,
            Name::BankReconciliation => self.banking,
            Name::Provider | Name::Tenant | Name::VoucherStatement => Some(self.reach),
            Name::Market | Name::Vouchers | Name::TrialBalance | Name::FaultRate => {
                self.reach.limit().is_none().then_some(self.reach)
            }
        }
    }
}

/// The reports within reach.
pub fn list(asker: Asker) -> Vec<ReportView> {
    let within = Name::ALL.into_iter().filter(|name| asker.reach(*name).is_some());
    within
        .map(|name| ReportView {
            name,
            is_statement: name.is_statement(),
        })
        .collect()
}

/// Makes a report; none where it is out of reach. Reads whole tables.
///
/// # Errors
/// Those of the database; a statement without an organisation; a period that ends before it starts.
pub fn run(pooled: &mut PooledReader, asker: Asker, name: Name, query: ReportQuery) -> Result<Option<Made>, ReadError> {
    let Some(reach) = asker.reach(name) else {
        return Ok(None);
    };
    let org = query.org.or(reach.limit());
    if org.is_some_and(|org| !reach.covers(org)) {
        return Ok(None);
    }
    let scope = Scope {
        period: period(&query)?,
        org,
        month: query.period,
        issuer: asker.issuer.filter(|_| name == Name::Vouchers),
    };
    let made = |report| Made {
        report,
        name,
        scope,
        format: query.format,
    };
    let report = pooled.reader.at_one_instant(|reader| report::run(reader, name, scope));
    report.map(|report| Some(made(report))).map_err(|error| match error {
        ReportError::Load(error) => error.into(),
        ReportError::Overflow(error) => ReadError::Unavailable(error.to_string()),
        ReportError::NoMonth => ReadError::invalid("/period", FieldRule::Empty, "is needed: this is of one month"),
        ReportError::TooLong => ReadError::invalid("/period", FieldRule::TooLarge, &error.to_string()),
        ReportError::NoOrg => ReadError::invalid("/org", FieldRule::Empty, "is needed: a statement is that of one"),
    })
}

/// The period that is asked for.
fn period(query: &ReportQuery) -> Result<Period, ReadError> {
    if let Some(month) = query.period {
        if query.from.is_some() || query.until.is_some() {
            return Err(ReadError::invalid(
                "/period",
                FieldRule::Contradicts,
                "is a month: give it, or from and until",
            ));
        }
        return Ok(Period {
            from: Some(month.from()),
            until: Some(month.until()),
        });
    }
    if let (Some(from), Some(until)) = (query.from, query.until)
        && until <= from
    {
        return Err(ReadError::invalid(
            "/until",
            FieldRule::Reversed,
            "must come after from",
        ));
    }
    Ok(Period {
        from: query.from,
        until: query.until,
    })
}
