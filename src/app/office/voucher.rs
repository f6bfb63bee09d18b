//! Changes of vouchers as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::programme::WhyBody;
use crate::app::body;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::office::voucher::VoucherCommand;
use crate::engine::{Command, Rejection};

/// Until when.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendBody {
    until: Timestamp,
}

/// Whose cap is lifted to what.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftBody {
    /// The cap of this organisation's owner group.
    org: OrgId,
    /// The cap from now on.
    cap: Money,
}

/// Takes back what is available.
///
/// # Errors
/// The body cannot be read.
pub fn revoke(voucher: VoucherId, body: Value) -> Result<Command, Rejection> {
    let WhyBody { reason } = body::parse(body)?;
    Ok(Command::Voucher(VoucherCommand::Revoke { voucher, reason }))
}

/// Lets it pay for longer.
///
/// # Errors
/// The body cannot be read.
pub fn extend(voucher: VoucherId, body: Value) -> Result<Command, Rejection> {
    let ExtendBody { until } = body::parse(body)?;
    Ok(Command::Voucher(VoucherCommand::Extend { voucher, until }))
}

/// Lifts a cap.
///
/// # Errors
/// The body cannot be read.
pub fn lift_cap(programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let LiftBody { org, cap } = body::parse(body)?;
    Ok(Command::Voucher(VoucherCommand::LiftCap { programme, org, cap }))
}
