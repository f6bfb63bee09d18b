//! A report as a file.

use serde::Deserialize;
use utoipa::ToSchema;

use super::html;
use super::xlsx::{WorkbookError, xlsx};
use super::{Name, Report, Scope};

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For programs.
    #[default]
    Json,
    /// Text for spreadsheets.
    Csv,
    /// A workbook.
    Xlsx,
    /// A page to print.
    Html,
}

impl Format {
    /// How names of such files end.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Html => "html",
        }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is to be called: ASCII letters, digits and `.-_` only.
    pub name: String,
    /// What kind it is.
    pub format: Format,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// There is no workbook.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// There is no page.
    #[error(transparent)]
    Page(#[from] html::TooLong),
    /// It cannot be written as JSON, which would be a defect.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Writes a report, which `name` and `scope` made.
///
/// # Errors
/// See [`DocumentError`].
pub fn document(report: &Report, (name, scope): (Name, Scope), format: Format) -> Result<Document, DocumentError> {
    let bytes = match format {
        Format::Json => serde_json::to_vec(report)?,
        Format::Csv => report.csv().into_bytes(),
        Format::Html => html::html(name.as_str(), &report.sections())?.into_bytes(),
        Format::Xlsx => xlsx(&report.sections(), scope.period.until)?,
    };
    Ok(Document {
        name: format!("{}.{}", stem(name, scope), format.extension()),
        format,
        bytes,
    })
}

/// Of what, of whom and of when it is.
fn stem(name: Name, scope: Scope) -> String {
    let mut stem = name.to_string();
    if let Some(org) = scope.org.filter(|_| name.is_statement()) {
        stem.push_str(&format!("_{org}"));
    }
    if let Some(month) = scope.month {
        return format!("{stem}_{month}");
    }
    for (word, at) in [("from", scope.period.from), ("until", scope.period.until)] {
        if let Some(at) = at {
            // Windows has no colons in names.
            let at = at.to_string().replace(['-', ':'], "");
            stem.push_str(&format!("_{word}_{at}"));
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;
    use crate::domain::time::Hour;
    use crate::engine::report::Period;

    #[test]
    fn names_of_files_say_what_is_in_them() {
        let period = Period {
            from: Some(Hour(0).timestamp()),
            until: Some(Hour(24).timestamp()),
        };
        let until = Period { from: None, ..period };
        let org = Some(OrgId(3));
        for (name, period, org, stem) in [
            (Name::Market, Period::default(), None, "market"),
            (Name::Market, Period::default(), org, "market"),
            (Name::TrialBalance, until, None, "trial-balance_until_19700102T000000Z"),
            (
                Name::Tenant,
                period,
                org,
                "tenant_org_0000000000003_from_19700101T000000Z_until_19700102T000000Z",
            ),
        ] {
            assert_eq!(
                super::stem(
                    name,
                    Scope {
                        period,
                        org,
                        ..Scope::default()
                    }
                ),
                stem
            );
        }
        let month = "2026-12".parse().ok();
        assert_eq!(
            super::stem(
                Name::Invoices,
                Scope {
                    period,
                    org,
                    month,
                    issuer: None
                }
            ),
            "invoices_org_0000000000003_2026-12"
        );
    }
}
