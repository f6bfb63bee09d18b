//! How the statement stands in tables.

use serde::Serialize;

use super::{Deciding, VoucherStatementReport};
use crate::domain::recovery::Target;
use crate::engine::report::figure::decimal;
use crate::engine::report::section::{Cell, Section};
use crate::engine::report::tenant::lease_state;
use crate::engine::report::vouchers::uses_cells;

impl VoucherStatementReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        vec![
            self.summary(),
            self.vouchers(),
            self.leases(),
            self.claims(),
            self.applications(),
            self.recoveries(),
        ]
    }

    fn summary(&self) -> Section {
        let [from, until] = self.period.in_words();
        let totals = &self.totals;
        Section::figures(
            "statement of a tenant's vouchers",
            [
                ("organisation", self.org.to_string().into()),
                ("name", self.name.clone().into()),
                ("from", from.into()),
                ("until", until.into()),
                ("vouchers", totals.vouchers.into()),
                ("granted", totals.granted.into()),
                ("available", totals.available.into()),
                ("held for bids", totals.held.into()),
                ("reserved for leases and claims", totals.reserved.into()),
                ("redeemed, net of what was taken back", totals.redeemed.into()),
                ("taken back", totals.recovered.into()),
                ("expired, back in the pot", totals.expired.into()),
                ("expired for good", totals.lapsed.into()),
                ("revoked or given back early", totals.returned.into()),
                ("owed after recoveries", self.debt.into()),
            ],
        )
    }

    fn vouchers(&self) -> Section {
        let rows = self.vouchers.iter().map(|one| {
            let mut row: Vec<Cell> = vec![
                one.id.to_string().into(),
                one.programme.clone().into(),
                one.valid_until.into(),
                one.ended.map(word).into(),
            ];
            row.extend(uses_cells(&one.uses).into_iter().skip(1));
            row
        });
        let columns = &[
            "voucher",
            "programme",
            "valid until",
            "ended",
            "granted",
            "available",
            "reserved",
            "redeemed",
            "expired",
            "lapsed",
            "returned",
            "recovered",
        ];
        Section::new("vouchers", columns, rows)
    }

    fn leases(&self) -> Section {
        let rows = self.leases.iter().map(|one| {
            let mut row: Vec<Cell> = vec![
                one.voucher.to_string().into(),
                one.lease.to_string().into(),
                one.at.into(),
                lease_state(one.state).into(),
                one.agreed.into(),
                one.redeemed.into(),
                one.recovered.into(),
            ];
            row.extend(deciding(&one.deciding));
            row
        });
        let columns = &[
            "voucher",
            "lease",
            "agreed at",
            "state",
            "agreed",
            "redeemed",
            "taken back",
            "rate",
            "decided by",
        ];
        Section::new("redeemed by lease", columns, rows)
    }

    fn claims(&self) -> Section {
        let rows = self.claims.iter().map(|one| {
            let mut row: Vec<Cell> = vec![
                one.id.to_string().into(),
                one.programme.clone().into(),
                one.at.into(),
                word(one.state).into(),
                one.base.into(),
                one.amount.into(),
                one.recovered.into(),
            ];
            row.extend(deciding(&one.deciding));
            row
        });
        let columns = &[
            "claim",
            "programme",
            "made at",
            "state",
            "base",
            "subsidy",
            "taken back",
            "rate",
            "decided by",
        ];
        Section::new("claims", columns, rows)
    }

    fn applications(&self) -> Section {
        let rows = self.applications.iter().map(|one| {
            vec![
                one.id.to_string().into(),
                one.programme.clone().into(),
                one.at.into(),
                one.state.name().into(),
                one.asked.into(),
                one.granted.into(),
            ]
        });
        let columns = &["application", "programme", "made at", "state", "asked", "granted"];
        Section::new("applications", columns, rows)
    }

    fn recoveries(&self) -> Section {
        let rows = self.recoveries.iter().map(|one| {
            let of = match one.target {
                Target::Lease(id) => id.to_string(),
                Target::Claim(id) => id.to_string(),
                Target::Voucher(id) => id.to_string(),
            };
            vec![
                one.id.to_string().into(),
                one.programme.clone().into(),
                one.at.into(),
                of.into(),
                one.amount.into(),
                one.fine.into(),
            ]
        });
        let columns = &["recovery", "programme", "made at", "of", "taken back", "fine"];
        Section::new("taken back", columns, rows)
    }
}

fn deciding(deciding: &Deciding) -> [Cell; 2] {
    let rate = deciding
        .rate_bps
        .map(|rate| format!("{} %", decimal(i128::from(rate.0), 2)));
    [rate.into(), deciding.rule.clone().into()]
}

/// The name of a plain enum in JSON.
pub(in crate::engine::report) fn word(value: impl Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}
