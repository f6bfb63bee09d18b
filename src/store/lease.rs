//! Leases and what has been settled of them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::fill::{FillDrawRow, FillIslandRow, FillRow};
use super::load::{Corrupt, LoadError, PAGE, hour, narrow};
use super::schema::{fill, fill_draw, fill_island, lease};
use crate::domain::id::VoucherId;
use crate::domain::lease::{IslandShare, Lease, LeaseState, Settled, VatShare, VoucherDraw};
use crate::domain::life::Life;
use crate::domain::metering::Mark;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// A lease and what has been settled of it.
    pub struct LeaseRow in lease by (id) changing (until_hour, state, settled_card_seconds, settled_charge, settled_voucher, settled_tenant_fee, settled_provider_fee, settled_vat, counted_place, counted_until, life, vat_shares) {
        /// Its identifier.
        pub id: i64,
        /// The fill that opened it.
        pub fill: i64,
        /// Who takes the cards.
        pub tenant: i64,
        /// Who lets the cards.
        pub provider: i64,
        /// The first hour.
        pub from_hour: i64,
        /// The hour after the last one.
        pub until_hour: i64,
        /// Where it stands in its life.
        pub state: Named<LeaseState>,
        /// Card-seconds charged.
        pub settled_card_seconds: i64,
        /// Their charge, in fen.
        pub settled_charge: i64,
        /// Of which vouchers paid, in fen.
        pub settled_voucher: i64,
        /// The tenant's fee, in fen.
        pub settled_tenant_fee: i64,
        /// The provider's fee, in fen.
        pub settled_provider_fee: i64,
        /// VAT contained in both, in fen.
        pub settled_vat: i64,
        /// The place that the next report had when it was settled last.
        pub counted_place: i64,
        /// Up to when it was settled, in microseconds.
        pub counted_until: i64,
        /// Its life beyond its hours, in JSON.
        pub life: String,
        /// Card-seconds settled at another rate of VAT than the fill's, in JSON; empty where there are none.
        pub vat_shares: String,
    }
}

/// As the partial index `lease_live` says it: with bound parameters it would not be used.
pub(super) const LIVE: &str = "lease.state <> 'closed'";

impl From<&Lease> for LeaseRow {
    fn from(lease: &Lease) -> LeaseRow {
        let (fill, settled) = (&lease.fill, &lease.settled);
        LeaseRow {
            id: fill.lease.0.cast_signed(),
            fill: fill.id.0.cast_signed(),
            tenant: fill.tenant.0.cast_signed(),
            provider: fill.provider.0.cast_signed(),
            from_hour: i64::from(fill.window.from().0),
            until_hour: i64::from(lease.ends.0),
            state: Named(lease.state),
            settled_card_seconds: settled.card_seconds,
            settled_charge: settled.charge.fen(),
            settled_voucher: settled.voucher.fen(),
            settled_tenant_fee: settled.tenant_fee.fen(),
            settled_provider_fee: settled.provider_fee.fen(),
            settled_vat: settled.vat.fen(),
            counted_place: lease.metering.mark.place.cast_signed(),
            counted_until: lease.metering.mark.until.micros(),
            // Strings, integers and lists of them always have a JSON form.
            life: serde_json::to_string(lease.life()).unwrap_or_default(),
            vat_shares: match lease.vat_shares.as_slice() {
                [] => String::new(),
                // Numbers always have a JSON form.
                shares => serde_json::to_string(shares).unwrap_or_default(),
            },
        }
    }
}

impl LeaseRow {
    /// Its life beyond its hours.
    ///
    /// # Errors
    /// The column holds what nobody wrote.
    pub fn life(&self) -> Result<Life, Corrupt> {
        if self.life == "{}" {
            return Ok(Life::PLAIN);
        }
        serde_json::from_str(&self.life).map_err(|_| Corrupt::new("lease.life", &self.id.to_string()))
    }

    /// What was settled at another rate of VAT than the fill's.
    pub fn vat_shares(&self) -> Result<Vec<VatShare>, Corrupt> {
        if self.vat_shares.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&self.vat_shares)
            .map_err(|error| Corrupt::new("lease.vat_shares", &format!("{}: {error}", self.id)))
    }

    /// What has been settled.
    pub fn settled(&self) -> Settled {
        Settled {
            card_seconds: self.settled_card_seconds,
            charge: Money::from_fen(self.settled_charge),
            voucher: Money::from_fen(self.settled_voucher),
            tenant_fee: Money::from_fen(self.settled_tenant_fee),
            provider_fee: Money::from_fen(self.settled_provider_fee),
            vat: Money::from_fen(self.settled_vat),
        }
    }
}

/// Hands every lease that is not closed to `take`, in the order of their identifiers; without the usage reported of it.
pub fn load_live(reader: &mut Reader, mut take: impl FnMut(Lease)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let rows = lease::table
            .inner_join(fill::table)
            .filter(sql::<Bool>(LIVE))
            .filter(lease::id.gt(after))
            .order(lease::id)
            .limit(PAGE)
            .select((LeaseRow::columns(), FillRow::columns()));
        let rows: Vec<(LeaseRow, FillRow)> = on!(reader, connection => rows.load(connection))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.0.id;
        let mut parts = Parts::load(reader, &rows)?;
        for (lease, fill) in &rows {
            let (islands, draws) = parts.of(fill)?;
            let fill = fill.fill(islands, draws)?;
            let mut one = Lease::new(fill);
            one.state = lease.state.0;
            one.ends = hour("lease.until_hour", lease.until_hour)?;
            one.settled = lease.settled();
            one.set_life(lease.life()?);
            one.vat_shares = lease.vat_shares()?;
            one.metering.mark = Mark {
                place: lease.counted_place.cast_unsigned(),
                until: Timestamp::from_micros(lease.counted_until),
            };
            take(one);
        }
    }
}

/// The rows that belong to the fills of a page, sorted by fill.
struct Parts {
    islands: Vec<FillIslandRow>,
    draws: Vec<FillDrawRow>,
}

impl Parts {
    fn load(reader: &mut Reader, rows: &[(LeaseRow, FillRow)]) -> Result<Parts, LoadError> {
        let first = rows.iter().map(|(_, fill)| fill.id).min().unwrap_or_default();
        let last = rows.iter().map(|(_, fill)| fill.id).max().unwrap_or_default();
        let (start, end) = (
            rows.first().map_or(0, |(lease, _)| lease.id),
            rows.last().map_or(0, |(lease, _)| lease.id),
        );
        let live = || {
            let page = lease::id.between(start, end);
            lease::table.filter(sql::<Bool>(LIVE)).filter(page).select(lease::fill)
        };
        let islands = fill_island::table
            .filter(fill_island::fill.between(first, last))
            .filter(fill_island::fill.eq_any(live()))
            .order((fill_island::fill, fill_island::island))
            .select(FillIslandRow::columns());
        let draws = fill_draw::table
            .filter(fill_draw::fill.between(first, last))
            .filter(fill_draw::fill.eq_any(live()))
            .order((fill_draw::fill, fill_draw::idx))
            .select(FillDrawRow::columns());
        Ok(Parts {
            islands: on!(reader, connection => islands.load(connection))?,
            draws: on!(reader, connection => draws.load(connection))?,
        })
    }

    fn of(&mut self, row: &FillRow) -> Result<(Vec<IslandShare>, Vec<VoucherDraw>), Corrupt> {
        let start = self.islands.partition_point(|island| island.fill < row.id);
        let own = self.islands[start..].iter().take_while(|island| island.fill == row.id);
        let mut islands = Vec::new();
        for island in own {
            islands.push(IslandShare {
                island: narrow("fill_island.island", island.island)?,
                cards: narrow("fill_island.cards", island.cards)?,
            });
        }
        let start = self.draws.partition_point(|draw| draw.fill < row.id);
        let own = self.draws[start..].iter().take_while(|draw| draw.fill == row.id);
        let draw = |draw: &FillDrawRow| VoucherDraw {
            voucher: VoucherId(draw.voucher.cast_unsigned()),
            amount: Money::from_fen(draw.amount),
        };
        Ok((islands, own.map(draw).collect()))
    }
}
