//! The market report as tables.

use super::{AcceleratorFigures, BidFigures, MarketReport, PartyFigures};
use crate::domain::bid::BidState;
use crate::engine::report::figure::Ratio;
use crate::engine::report::section::{Cell, Section};

impl MarketReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        vec![
            self.summary(),
            self.volumes(),
            self.commands(),
            self.refusals(),
            self.bids(),
            self.accelerators(),
            self.prices(),
            self.waits(),
            self.domestic(),
            parties("tenants with the largest charges", &self.tenants),
            parties("providers with the largest charges", &self.providers),
        ]
    }

    fn summary(&self) -> Section {
        let [from, until] = self.period.in_words();
        let volumes = &self.volumes;
        let agreed = volumes.amount_matched.plus(volumes.amount_changed);
        let agreed = agreed.unwrap_or(volumes.amount_matched);
        Section::figures(
            "market",
            [
                ("from", from.into()),
                ("until", until.into()),
                ("the exchange has gone up to", self.now.into()),
                ("commands accepted", self.commands_accepted.into()),
                ("commands refused", self.commands_refused.into()),
                ("bids filled in full", self.fill_rate.into()),
                ("bids with any fill", self.fill_rate_any.into()),
                ("card-hours filled of those asked", self.fill_rate_card_hours.into()),
                ("card-hours let of those offered so far", self.utilisation.into()),
                ("card-hours settled of closed leases", self.delivery_rate.into()),
                (
                    "charges settled of those agreed",
                    Ratio::of_money(volumes.amount_settled, agreed).into(),
                ),
                (
                    "vouchers' part of charges settled",
                    Ratio::of_money(volumes.voucher_settled, volumes.amount_settled).into(),
                ),
                ("fees of tenants", volumes.tenant_fees.into()),
                ("fees of providers", volumes.provider_fees.into()),
                ("VAT contained in fees", volumes.vat.into()),
            ],
        )
    }

    fn volumes(&self) -> Section {
        let volumes = &self.volumes;
        let row = |name: &str, card_hours: Cell, amount: Cell, voucher: Cell| {
            vec![Cell::from(name), card_hours, amount, voucher]
        };
        let rows = [
            row("offered", volumes.offered.into(), Cell::None, Cell::None),
            row(
                "asked for, by accepted bids",
                volumes.asked.into(),
                Cell::None,
                Cell::None,
            ),
            row(
                "matched",
                volumes.matched.into(),
                volumes.amount_matched.into(),
                volumes.voucher_matched.into(),
            ),
            row(
                "agreed by changes of leases",
                volumes.changed.into(),
                volumes.amount_changed.into(),
                volumes.voucher_changed.into(),
            ),
            row("delivered", volumes.delivered.into(), Cell::None, Cell::None),
            row(
                "settled",
                volumes.settled.into(),
                volumes.amount_settled.into(),
                volumes.voucher_settled.into(),
            ),
            row("agreed, still open", Cell::None, volumes.amount_open.into(), Cell::None),
            row(
                "agreed, never performed",
                Cell::None,
                volumes.amount_unperformed.into(),
                Cell::None,
            ),
        ];
        Section::new("volume", &["", "card-hours", "charges", "of which vouchers"], rows)
    }

    fn commands(&self) -> Section {
        let rows = self.commands.iter().map(|one| {
            let share = Ratio::of_counts(one.refused, one.accepted + one.refused);
            vec![
                one.command.clone().into(),
                one.accepted.into(),
                one.refused.into(),
                share.into(),
            ]
        });
        Section::new("commands", &["command", "accepted", "refused", "refused of all"], rows)
    }

    fn refusals(&self) -> Section {
        let rows = self.refusals.iter().map(|one| {
            vec![
                one.command.clone().into(),
                one.code.clone().into(),
                one.field.clone().into(),
                one.count.into(),
            ]
        });
        Section::new("refused, by reason", &["command", "code", "field", "count"], rows)
    }

    fn bids(&self) -> Section {
        let rows = self.bids.iter().map(|one: &BidFigures| {
            vec![
                state_name(one.state).into(),
                one.bids.into(),
                one.bids_with_fills.into(),
                one.asked.into(),
                one.filled.into(),
                Ratio::of_cards(one.filled, one.asked).into(),
                one.held.into(),
            ]
        });
        let columns = &[
            "state",
            "bids",
            "with fills",
            "card-hours asked",
            "card-hours filled",
            "filled",
            "on hold",
        ];
        Section::new("bids by state", columns, rows)
    }

    fn accelerators(&self) -> Section {
        let rows = self.accelerators.iter().map(|one: &AcceleratorFigures| {
            let volumes = &one.volumes;
            vec![
                one.accelerator.clone().into(),
                if one.domestic { "domestic" } else { "" }.into(),
                one.listings.into(),
                one.fills.into(),
                volumes.offered.into(),
                volumes.asked.into(),
                volumes.matched.into(),
                volumes.delivered.into(),
                volumes.settled.into(),
                one.utilisation.into(),
            ]
        });
        let columns = &[
            "accelerator",
            "",
            "listings",
            "fills",
            "ch offered",
            "ch asked",
            "ch matched",
            "ch delivered",
            "ch settled",
            "let of offered",
        ];
        Section::new("accelerators (ch: card-hours)", columns, rows)
    }

    fn prices(&self) -> Section {
        let traded = self.accelerators.iter().filter(|one| one.fills > 0);
        let rows = traded.map(|one| {
            vec![
                one.accelerator.clone().into(),
                one.price_average.into(),
                one.price_min.into(),
                one.price_max.into(),
                one.price_reference.into(),
                one.price_to_reference.into(),
                one.volumes.amount_matched.into(),
                one.volumes.amount_settled.into(),
            ]
        });
        let columns = &[
            "accelerator",
            "average",
            "lowest",
            "highest",
            "reference",
            "average to reference",
            "matched",
            "settled",
        ];
        Section::new("prices of a card-hour", columns, rows)
    }

    fn waits(&self) -> Section {
        let rows = self.waits.iter().map(|one| {
            vec![
                one.wait.into(),
                one.fills.into(),
                one.median.into(),
                one.p90.into(),
                one.max.into(),
            ]
        });
        Section::new("waits in hours", &["wait", "fills", "median", "p90", "longest"], rows)
    }

    fn domestic(&self) -> Section {
        let one = &self.domestic;
        let rows = [
            ("card-hours", one.card_hours_matched, one.card_hours_settled),
            ("charges", one.amount_matched, one.amount_settled),
            ("P-hours, FP16 dense", one.p_hours_matched, one.p_hours_settled),
        ];
        let mut rows =
            Vec::from(rows.map(|(name, matched, settled)| vec![name.into(), matched.into(), settled.into()]));
        if one.card_hours_without_fp16.0 > 0 {
            let without = "card-hours in no P-hours: FP16 unknown";
            rows.push(vec![without.into(), one.card_hours_without_fp16.into(), Cell::None]);
        }
        Section::new("domestic share", &["by", "of matched", "of settled"], rows)
    }
}

fn parties(title: &'static str, parties: &[PartyFigures]) -> Section {
    let rows = parties.iter().map(|one| {
        vec![
            one.name.clone().into(),
            one.leases.into(),
            one.matched.into(),
            one.amount_matched.into(),
            one.share.into(),
            one.amount_settled.into(),
            one.voucher_settled.into(),
        ]
    });
    let columns = &[
        "organisation",
        "leases",
        "card-hours",
        "matched",
        "of all",
        "settled",
        "of which vouchers",
    ];
    Section::new(title, columns, rows)
}

/// A state in words.
pub(crate) fn state_name(state: BidState) -> &'static str {
    match state {
        BidState::Open => "open",
        BidState::PartlyFilled => "partly filled",
        BidState::Filled => "filled",
        BidState::Cancelled => "cancelled",
        BidState::Expired => "expired",
    }
}
