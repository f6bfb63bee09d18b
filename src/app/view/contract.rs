//! What was agreed about a lease, for the files of its parties.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::permission::Reach;
use crate::domain::accelerator::Accelerator;
use crate::domain::id::{LeaseId, ListingId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::life::By;
use crate::domain::life::delivery::Delivery;
use crate::domain::listing::Sla;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::domain::site::Site;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::engine::report::invoice::{Named, Parties};
use crate::engine::report::statement::Party;
use crate::engine::report::{Cell, Section};
use crate::store::read::lease::StoredLease;

/// A party of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartyView {
    /// The organisation; none: the market itself.
    pub org: Option<OrgId>,
    /// The registered name.
    pub name: String,
    /// The unified social credit code, where it is known.
    pub uscc: Option<String>,
}

impl PartyView {
    fn of(named: Named) -> PartyView {
        PartyView {
            org: match named.party {
                Party::Platform => None,
                Party::Org(org) => Some(org),
            },
            name: named.name,
            uscc: named.uscc,
        }
    }
}

/// The contract of a lease. `voucher`, `net` and the tenant's fee are shown to the tenant, the provider's fee to the provider, all to those
/// who may see everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContractView {
    /// The lease.
    pub lease: LeaseId,
    /// The listing that it was let from.
    pub listing: ListingId,
    /// When it was agreed.
    pub agreed_at: Timestamp,
    /// Where it stands.
    pub state: LeaseState,
    /// Who takes the cards.
    pub tenant: PartyView,
    /// Who lets them.
    pub provider: PartyView,
    /// Who runs the market.
    pub platform: PartyView,
    /// What they are.
    pub accelerator: Accelerator,
    /// Where they stand.
    pub site: Site,
    /// How many.
    pub cards: u32,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it, as agreed.
    pub until: Timestamp,
    /// The first instant after it, as it is now.
    pub ends: Timestamp,
    /// Price of a card-hour, VAT contained.
    pub price: Price,
    /// Price × cards × hours.
    pub charge: Money,
    /// The rate of VAT contained in price and fees, in hundredths of a percent.
    pub vat_bps: BasisPoints,
    /// What vouchers pay of the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<Money>,
    /// What the tenant pays of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
    /// The tenant's fee on top, for the whole charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_fee: Option<Money>,
    /// Its rate on what is settled, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_fee_bps: Option<BasisPoints>,
    /// The provider's fee, for the whole charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_fee: Option<Money>,
    /// Its rate on what is settled, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_fee_bps: Option<BasisPoints>,
    /// What the provider promises; none: the listing is not known any more.
    pub sla: Option<Sla>,
    /// Hours after the end in which usage may still be reported, by the terms in force when it was agreed.
    pub usage_grace_hours: u32,
    /// Hours for which earnings stay disputable, by the same terms.
    pub dispute_hours: u32,
    /// Who has how long for what, and what it costs to let the other side down, by the same terms.
    pub delivery: Delivery,
    /// How it came to its end, where it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedView>,
}

/// How a lease came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClosedView {
    /// The close code, which says by whose fault.
    pub code: String,
    /// What it means.
    pub meaning: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    /// Who has ended it.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub reason: String,
}

/// What a contract is about, looked up.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What was let.
    pub accelerator: Accelerator,
    /// Where.
    pub site: Site,
    /// What was promised.
    pub sla: Option<Sla>,
    /// The terms in force when it was agreed.
    pub terms: Terms,
    /// How it came to its end.
    pub closed: Option<ClosedView>,
}

impl ContractView {
    /// What is shown of `stored` to whoever has this reach.
    ///
    /// # Errors
    /// A fee leaves the range.
    pub fn of(
        stored: &StoredLease,
        (subject, parties): (Subject, &Parties),
        reach: Reach,
    ) -> Result<ContractView, Overflow> {
        let fill = &stored.fill;
        let (tenant, provider) = (reach.covers(fill.tenant), reach.covers(fill.provider));
        let named = |party| PartyView::of(parties.named(party));
        let provider_fee = rounding::share(fill.charge, fill.provider_fee, Rounding::HalfUp)?;
        Ok(ContractView {
            lease: fill.lease,
            listing: fill.listing,
            agreed_at: fill.at,
            state: stored.state,
            tenant: named(Party::Org(fill.tenant)),
            provider: named(Party::Org(fill.provider)),
            platform: named(Party::Platform),
            accelerator: subject.accelerator,
            site: subject.site,
            cards: fill.cards,
            from: fill.window.from().timestamp(),
            until: fill.window.until().timestamp(),
            ends: stored.ends.timestamp(),
            price: fill.price,
            charge: fill.charge,
            vat_bps: fill.vat,
            voucher: tenant.then_some(fill.voucher),
            net: tenant.then_some(fill.net),
            tenant_fee: tenant.then_some(fill.fee),
            tenant_fee_bps: tenant.then_some(fill.tenant_fee),
            provider_fee: provider.then_some(provider_fee),
            provider_fee_bps: provider.then_some(fill.provider_fee),
            sla: subject.sla,
            usage_grace_hours: subject.terms.usage_grace_hours,
            dispute_hours: subject.terms.dispute_hours,
            delivery: subject.terms.delivery,
            closed: subject.closed,
        })
    }

    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        vec![
            Section::figures(
                "lease contract",
                [
                    ("lease", self.lease.to_string().into()),
                    ("listing", self.listing.to_string().into()),
                    ("agreed at", self.agreed_at.into()),
                    ("accelerator", self.accelerator.code.to_string().into()),
                    (
                        "model",
                        format!("{} {}", self.accelerator.vendor, self.accelerator.model).into(),
                    ),
                    ("cards", self.cards.into()),
                    ("site", self.site.name_zh.clone().into()),
                    ("start", self.from.into()),
                    ("end as agreed", self.until.into()),
                    ("end", self.ends.into()),
                ],
            ),
            self.party_section(),
            self.money(),
            self.promises(),
            self.ending(),
        ]
    }

    fn party_section(&self) -> Section {
        let row = |term: &str, party: &PartyView| {
            vec![
                term.into(),
                party.name.clone().into(),
                party.uscc.clone().into(),
                party.org.map(|org| org.to_string()).into(),
            ]
        };
        let rows = [
            row("tenant", &self.tenant),
            row("provider", &self.provider),
            row("platform", &self.platform),
        ];
        Section::new(
            "parties",
            &["term", "name", "unified social credit code", "organisation"],
            rows,
        )
    }

    fn money(&self) -> Section {
        let rate = |rate: Option<BasisPoints>| rate.map_or(Cell::None, percent);
        Section::figures(
            "price and fees",
            [
                ("price", self.price.into()),
                ("charges agreed", self.charge.into()),
                ("VAT rate, %", percent(self.vat_bps)),
                ("of which vouchers pay", self.voucher.into()),
                ("of which the tenant pays", self.net.into()),
                ("tenant's fee", self.tenant_fee.into()),
                ("tenant's fee, %", rate(self.tenant_fee_bps)),
                ("provider's fee", self.provider_fee.into()),
                ("provider's fee, %", rate(self.provider_fee_bps)),
            ],
        )
    }

    fn promises(&self) -> Section {
        let sla = |part: fn(&Sla) -> String| self.sla.as_ref().map(part).into();
        Section::figures(
            "service level and terms",
            [
                ("largest fault rate", sla(|sla| sla.max_fault_rate.to_string())),
                ("credit rate", sla(|sla| sla.credit_rate.to_string())),
                ("hours for late usage", self.usage_grace_hours.into()),
                ("hours for disputes", self.dispute_hours.into()),
                ("hours for the hand-over", self.delivery.provision_hours.into()),
                ("hours for acceptance", self.delivery.accept_hours.into()),
                ("notice of a reclaim, hours", self.delivery.reclaim_notice_hours.into()),
                (
                    "notice of maintenance, hours",
                    self.delivery.maintenance_notice_hours.into(),
                ),
                ("tenant's penalty, %", percent(self.delivery.tenant_penalty_bps)),
                ("provider's penalty, %", percent(self.delivery.provider_penalty_bps)),
            ],
        )
    }

    fn ending(&self) -> Section {
        let rows = self.closed.iter().map(|closed| {
            vec![
                closed.code.clone().into(),
                format!("{} {}", closed.meaning_zh, closed.meaning).into(),
                closed.at.into(),
                closed.reason.clone().into(),
            ]
        });
        Section::new(
            "end before its time",
            &["close code", "meaning", "ended at", "reason"],
            rows,
        )
    }
}

fn percent(rate: BasisPoints) -> Cell {
    Cell::Decimal(i128::from(rate.0), 2)
}
