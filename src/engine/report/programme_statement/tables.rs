//! How the statement stands in tables.

use super::{ProgrammeLine, ProgrammeStatementReport};
use crate::engine::report::figure::{Measure, Ratio};
use crate::engine::report::section::{Cell, Section};
use crate::engine::report::voucher_statement::tables::word;
use crate::engine::report::vouchers::uses_cells;

impl ProgrammeStatementReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let [from, until] = self.period.in_words();
        let programmes = u64::try_from(self.programmes.len()).unwrap_or(u64::MAX);
        let summary = Section::figures(
            "statement of an issuer",
            [
                ("organisation", self.org.to_string().into()),
                ("name", self.name.clone().into()),
                ("from", from.into()),
                ("until", until.into()),
                ("programmes", programmes.into()),
            ],
        );
        vec![
            summary,
            self.programmes(),
            self.indicators(),
            self.treasuries(),
            self.applications(),
            self.claims(),
        ]
    }

    fn programmes(&self) -> Section {
        let rows = self.programmes.iter().map(|one| {
            let figures = &one.figures;
            let mut row: Vec<Cell> = vec![
                figures.code.clone().into(),
                word(one.state).into(),
                figures.pot.into(),
                figures.pot_left.into(),
            ];
            row.extend(uses_cells(&figures.uses));
            row.push(one.fines.into());
            row.push(one.fines_remitted.into());
            row
        });
        let columns = &[
            "programme",
            "state",
            "pot",
            "left in pot",
            "vouchers",
            "granted",
            "available",
            "reserved",
            "redeemed",
            "expired",
            "lapsed",
            "returned",
            "recovered",
            "fines",
            "fines remitted",
        ];
        Section::new("programmes", columns, rows)
    }

    fn indicators(&self) -> Section {
        let rows = self.programmes.iter().flat_map(|one| {
            let indicators = &one.indicators;
            [
                row(
                    one,
                    "applied ÷ invited",
                    "organisations; invited as the issuer has recorded it",
                    indicators.applied_of_invited,
                ),
                row(
                    one,
                    "paid ÷ pot",
                    "redeemed net of what was taken back ÷ appropriated",
                    indicators.paid_of_pot,
                ),
                row(
                    one,
                    "expired ÷ issued",
                    "expired and lapsed ÷ granted",
                    indicators.expired_of_issued,
                ),
            ]
        });
        let columns = &[
            "programme",
            "indicator",
            "counted as",
            "numerator",
            "denominator",
            "value",
        ];
        Section::new("indicators", columns, rows)
    }

    fn treasuries(&self) -> Section {
        let rows = self.programmes.iter().flat_map(|one| {
            one.treasuries.iter().map(|payer| {
                vec![
                    one.figures.code.clone().into(),
                    payer.payer.clone().into(),
                    payer.redeemed.into(),
                    payer.requested.into(),
                    payer.received.into(),
                    payer.receivable.into(),
                ]
            })
        });
        let columns = &[
            "programme",
            "payer",
            "redeemed",
            "requested, not come",
            "received",
            "receivable",
        ];
        Section::new("treasuries", columns, rows)
    }

    fn applications(&self) -> Section {
        let rows = self.programmes.iter().flat_map(|one| {
            one.applications.iter().map(|line| {
                vec![
                    one.figures.code.clone().into(),
                    line.state.name().into(),
                    line.applications.into(),
                    line.asked.into(),
                    line.granted.into(),
                ]
            })
        });
        let columns = &["programme", "state", "applications", "asked", "granted"];
        Section::new("applications by state", columns, rows)
    }

    fn claims(&self) -> Section {
        let rows = self.programmes.iter().flat_map(|one| {
            one.claims.iter().map(|line| {
                vec![
                    one.figures.code.clone().into(),
                    word(line.state).into(),
                    line.claims.into(),
                    line.base.into(),
                    line.amount.into(),
                ]
            })
        });
        let columns = &["programme", "state", "claims", "base", "subsidy"];
        Section::new("claims by state", columns, rows)
    }
}

fn row(programme: &ProgrammeLine, name: &str, counted: &str, ratio: Ratio) -> Vec<Cell> {
    let part = |part: i128| match ratio.measure {
        Measure::Money | Measure::Price => Cell::Total(part),
        Measure::Things => Cell::Count(u64::try_from(part).unwrap_or_default()),
    };
    vec![
        programme.figures.code.clone().into(),
        name.into(),
        counted.into(),
        part(ratio.numerator),
        part(ratio.denominator),
        ratio.into(),
    ]
}
