//! The bodies of a flow's lines: those of the HTTP contract, with the flow's own names wherever an identifier is expected.

use serde::{Deserialize, Serialize};

use crate::domain::accelerator::Accelerator;
use crate::domain::bid::{NewAlternative, Placement, Purpose};
use crate::domain::code::Code;
use crate::domain::listing::{ListingMode, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::domain::programme::ProgrammeRules;
use crate::domain::rate::Fraction;
use crate::domain::site::Site;
use crate::domain::terms::Terms;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::uscc::Uscc;

/// `reference`: the price around which an accelerator trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Of which accelerator.
    pub accelerator: Code,
    /// Per card-hour.
    pub price: Price,
}

/// `org`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Org {
    /// Its registered name.
    pub name: String,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// What it does on the exchange.
    pub kinds: Vec<OrgKind>,
    /// The organisation that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// `related`: fills between the two carry no subsidy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// One organisation.
    pub a: String,
    /// The other one.
    pub b: String,
}

/// `deposit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// What arrived.
    pub amount: Money,
    /// The bank's own reference.
    pub bank_ref: String,
}

/// `grant`: a voucher of a programme for an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The programme.
    pub programme: String,
    /// Who gets it.
    pub org: String,
    /// How much.
    pub amount: Money,
}

/// `listing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Where the cards stand.
    pub site: Code,
    /// What they are.
    pub accelerator: Code,
    /// Sets of cards on one interconnect.
    pub islands: u32,
    /// Cards in each of them.
    pub cards_per_island: u32,
    /// First hour on offer.
    pub from: Hour,
    /// The hour after the last one on offer.
    pub until: Hour,
    /// The price asked.
    pub ask: Price,
    /// Cards are let in multiples of this.
    pub lot_cards: u32,
    /// Shortest lease in hours.
    pub min_hours: u32,
    /// Longest lease in hours.
    pub max_hours: u32,
    /// How it trades.
    pub mode: ListingMode,
    /// What is promised.
    pub sla: Sla,
}

/// `withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The listing.
    pub listing: String,
}

/// Whether a bid may be filled in parts, as the contract writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// All cards at once or none.
    AllOrNone,
    /// Parts of at least `min_cards`.
    Partial,
}

/// How long a bid stands, as the contract writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tif {
    /// Until cancelled.
    Gtc,
    /// Until `expires_at`.
    Gtd,
    /// At once what can be filled.
    Ioc,
    /// At once all or nothing.
    Fok,
}

/// Which vouchers may pay, as the contract writes it; a generated flow names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// The tenant's own, in the published burn order.
    Auto,
    /// None.
    None,
}

/// `bid`, as a generated flow writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bid {
    /// Exactly one of these is taken.
    pub alternatives: Vec<NewAlternative>,
    /// The earliest start.
    pub earliest: Hour,
    /// The latest end.
    pub latest: Hour,
    /// Whether parts are taken.
    pub fill: Fill,
    /// The smallest part.
    pub min_cards: Option<u32>,
    /// How near the cards must be to each other.
    pub placement: Placement,
    /// Only these sites.
    pub sites: Option<Vec<Code>>,
    /// Only domestic accelerators.
    pub domestic_only: bool,
    /// Only listings that promise at most this fault rate.
    pub max_fault_rate: Option<Fraction>,
    /// How long the bid stands.
    pub tif: Tif,
    /// Until when a `gtd` bid stands.
    pub expires_at: Option<Timestamp>,
    /// Which vouchers may pay.
    pub voucher: Voucher,
    /// What the cards are for.
    pub purpose: Option<Purpose>,
}

/// `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The bid.
    pub bid: String,
}

/// `meter`, which has the replay report the usage of every lease on behalf of its provider, and `settle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// What was delivered before this instant.
    pub until: Timestamp,
}

/// The body of a line that a generated flow may hold; `usage` is left to the replay, which makes it at each `meter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// Of `terms`.
    Terms(Terms),
    /// Of `accelerator`.
    Accelerator(Accelerator),
    /// Of `site`.
    Site(Site),
    /// Of `reference`.
    Reference(Reference),
    /// Of `org`.
    Org(Org),
    /// Of `related`.
    Related(Related),
    /// Of `deposit`.
    Deposit(Deposit),
    /// Of `programme`.
    Programme(Box<ProgrammeRules>),
    /// Of `grant`.
    Grant(Grant),
    /// Of `listing`.
    Listing(Listing),
    /// Of `withdraw`.
    Withdraw(Withdraw),
    /// Of `bid`.
    Bid(Bid),
    /// Of `cancel`.
    Cancel(Cancel),
    /// Of `meter`.
    Meter(Until),
    /// Of `settle`.
    Settle(Until),
}

impl Body {
    /// The verb that it belongs to.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Terms(_) => "terms",
            Self::Accelerator(_) => "accelerator",
            Self::Site(_) => "site",
            Self::Reference(_) => "reference",
            Self::Org(_) => "org",
            Self::Related(_) => "related",
            Self::Deposit(_) => "deposit",
            Self::Programme(_) => "programme",
            Self::Grant(_) => "grant",
            Self::Listing(_) => "listing",
            Self::Withdraw(_) => "withdraw",
            Self::Bid(_) => "bid",
            Self::Cancel(_) => "cancel",
            Self::Meter(_) => "meter",
            Self::Settle(_) => "settle",
        }
    }
}
