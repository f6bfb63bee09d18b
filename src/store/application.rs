//! Applications, alerts, lifted caps and calendars.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::{application, calendar, cap_lift};
use crate::domain::application::{Application, ApplicationStatus};
use crate::domain::calendar::Calendar;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::voucher::VoucherAlert;
use crate::engine::{self, State};
use crate::on;

row! {
    /// An application.
    pub struct ApplicationRow in application by (id) {
        /// Its identifier.
        pub id: i64,
        /// Under which programme.
        pub programme: i64,
        /// Of which organisation.
        pub org: i64,
        /// The plain name of where it stands.
        pub state: String,
        /// When it was made, in microseconds.
        pub created_at: i64,
        /// All of it, in JSON.
        pub body: String,
    }
}

row! {
    /// A voucher that expires soon.
    pub struct VoucherAlertRow in voucher_alert by (voucher, days) {
        /// Which one.
        pub voucher: i64,
        /// In how many days.
        pub days: i64,
        /// Whose it is.
        pub org: i64,
        /// What it had left, in fen.
        pub left_fen: i64,
        /// When it expires, in microseconds.
        pub valid_until: i64,
        /// When this was told, in microseconds.
        pub told_at: i64,
    }
}

row! {
    /// A cap that two people have lifted.
    pub struct CapLiftRow in cap_lift by (programme, owner_group) {
        /// Of which programme.
        pub programme: i64,
        /// For which owner group.
        pub owner_group: i64,
        /// The cap in fen.
        pub cap: i64,
    }
}

row! {
    /// A calendar of working days.
    pub struct CalendarRow in calendar by (jurisdiction, year) {
        /// Where it is in force; empty: in the whole country.
        pub jurisdiction: String,
        /// The year.
        pub year: i64,
        /// All of it, in JSON.
        pub body: String,
    }
}

impl From<&Application> for ApplicationRow {
    fn from(application: &Application) -> ApplicationRow {
        ApplicationRow {
            id: application.id.0.cast_signed(),
            programme: application.programme.0.cast_signed(),
            org: application.org.0.cast_signed(),
            state: application.state.status().name().to_owned(),
            created_at: application.created_at.micros(),
            // Strings, integers and lists of them always have a JSON form.
            body: serde_json::to_string(application).unwrap_or_default(),
        }
    }
}

impl TryFrom<ApplicationRow> for Application {
    type Error = Corrupt;

    fn try_from(row: ApplicationRow) -> Result<Application, Corrupt> {
        serde_json::from_str(&row.body)
            .map_err(|error| Corrupt::new("application.body", &format!("{}: {error}", row.id)))
    }
}

impl From<&VoucherAlert> for VoucherAlertRow {
    fn from(alert: &VoucherAlert) -> VoucherAlertRow {
        VoucherAlertRow {
            voucher: alert.voucher.0.cast_signed(),
            days: i64::from(alert.days),
            org: alert.org.0.cast_signed(),
            left_fen: alert.left.fen(),
            valid_until: alert.valid_until.micros(),
            told_at: alert.at.micros(),
        }
    }
}

impl TryFrom<&VoucherAlertRow> for VoucherAlert {
    type Error = Corrupt;

    fn try_from(row: &VoucherAlertRow) -> Result<VoucherAlert, Corrupt> {
        let days = u32::try_from(row.days).map_err(|_| Corrupt::new("voucher_alert.days", &row.days.to_string()))?;
        Ok(VoucherAlert {
            voucher: VoucherId(row.voucher.cast_unsigned()),
            org: OrgId(row.org.cast_unsigned()),
            days,
            left: Money::from_fen(row.left_fen),
            valid_until: Timestamp::from_micros(row.valid_until),
            at: Timestamp::from_micros(row.told_at),
        })
    }
}

impl From<&Calendar> for CalendarRow {
    fn from(calendar: &Calendar) -> CalendarRow {
        CalendarRow {
            jurisdiction: calendar.jurisdiction.clone(),
            year: i64::from(calendar.year),
            body: serde_json::to_string(calendar).unwrap_or_default(),
        }
    }
}

impl TryFrom<CalendarRow> for Calendar {
    type Error = Corrupt;

    fn try_from(row: CalendarRow) -> Result<Calendar, Corrupt> {
        serde_json::from_str(&row.body)
            .map_err(|error| Corrupt::new("calendar.body", &format!("{} {}: {error}", row.jurisdiction, row.year)))
    }
}

/// All calendars, in the order of jurisdictions and years.
pub fn load_calendars(reader: &mut Reader) -> Result<Vec<Calendar>, LoadError> {
    let query = calendar::table
        .order((calendar::jurisdiction, calendar::year))
        .select(CalendarRow::columns());
    let rows: Vec<CalendarRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// All applications, in the order of their identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<Application>, LoadError> {
    let query = application::table
        .order(application::id)
        .select(ApplicationRow::columns());
    let rows: Vec<ApplicationRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Reads what is open, and of what was granted which contracts it is for. Organisations must be there already.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    for calendar in load_calendars(reader)? {
        let key = (calendar.jurisdiction.clone(), calendar.year);
        state.calendars.insert(key, calendar);
    }
    let query = cap_lift::table
        .order((cap_lift::programme, cap_lift::owner_group))
        .select(CapLiftRow::columns());
    let rows: Vec<CapLiftRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let programme = ProgrammeId(row.programme.cast_unsigned());
        let group = OrgId(row.owner_group.cast_unsigned());
        state.cap_lifts.insert((programme, group), Money::from_fen(row.cap));
    }
    let gone = [ApplicationStatus::Rejected.name(), ApplicationStatus::Withdrawn.name()];
    let query = application::table
        .filter(application::state.ne_all(gone))
        .order(application::id)
        .select(ApplicationRow::columns());
    let rows: Vec<ApplicationRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        engine::office::application::restore(state, row.try_into()?);
    }
    Ok(())
}
