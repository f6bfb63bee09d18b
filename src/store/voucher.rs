//! Vouchers.

use diesel::prelude::*;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::LoadError;
use super::schema::voucher;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::voucher::{Voucher, VoucherEnd};
use crate::on;

row! {
    /// A voucher.
    pub struct VoucherRow in voucher by (id) {
        /// Its identifier.
        pub id: i64,
        /// The programme it was granted under.
        pub programme: i64,
        /// The version of the programme's rules that governs it.
        pub version: i64,
        /// Whom it was granted to.
        pub org: i64,
        /// What was granted, in fen.
        pub amount: i64,
        /// From when it can pay, in microseconds.
        pub valid_from: i64,
        /// Until when it can pay, in microseconds.
        pub valid_until: i64,
        /// The application that it was granted for.
        pub application: Option<i64>,
        /// Why it ended before its time.
        pub ended: Option<Named<VoucherEnd>>,
    }
}

impl VoucherRow {
    /// The row of a voucher.
    pub fn new(voucher: &Voucher) -> VoucherRow {
        VoucherRow {
            id: voucher.id.0.cast_signed(),
            programme: voucher.programme.0.cast_signed(),
            version: i64::from(voucher.version),
            org: voucher.org.0.cast_signed(),
            amount: voucher.amount.fen(),
            valid_from: voucher.valid_from.micros(),
            valid_until: voucher.valid_until.micros(),
            application: voucher.application.map(|application| application.0.cast_signed()),
            ended: voucher.ended.map(Named),
        }
    }
}

impl From<&VoucherRow> for Voucher {
    fn from(row: &VoucherRow) -> Voucher {
        Voucher {
            id: VoucherId(row.id.cast_unsigned()),
            programme: ProgrammeId(row.programme.cast_unsigned()),
            // Only numbers of 32 bits are written there.
            version: u32::try_from(row.version).unwrap_or(1),
            org: OrgId(row.org.cast_unsigned()),
            amount: Money::from_fen(row.amount),
            valid_from: Timestamp::from_micros(row.valid_from),
            valid_until: Timestamp::from_micros(row.valid_until),
            application: row
                .application
                .map(|application| ApplicationId(application.cast_unsigned())),
            ended: row.ended.map(|ended| ended.0),
        }
    }
}

/// All vouchers, in the order of their identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<Voucher>, LoadError> {
    let query = voucher::table.order(voucher::id).select(VoucherRow::columns());
    let rows: Vec<VoucherRow> = on!(reader, connection => query.load(connection))?;
    Ok(rows.iter().map(Voucher::from).collect())
}
