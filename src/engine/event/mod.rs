//! What happened. Events carry what has to be stored; what is serialised of them is the leaf of the journal.

mod leaf;

use serde::Serialize;

use leaf::{
    application_leaf, approval_leaf, bid_leaf, decision_leaf, lease_leaf, listing_leaf, org_leaf, programme_leaf,
    programme_state_leaf, user_leaf,
};

use crate::domain::application::Application;
use crate::domain::bid::{Bid, BidState};
use crate::domain::calendar::Calendar;
use crate::domain::claim::Claim;
use crate::domain::dispute::Dispute;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::Evaluation;
use crate::domain::fees::{FeeSchedule, VatChange};
use crate::domain::flag::Flag;
use crate::domain::id::{FillId, LeaseId, OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::{Fill, Lease, LeaseState, Settled};
use crate::domain::life::access::AccessKey;
use crate::domain::life::change::ChangeImage;
use crate::domain::listing::{Listing, ListingState};
use crate::domain::money::Money;
use crate::domain::organisation::Organisation;
use crate::domain::outage::Outage;
use crate::domain::power::PowerReading;
use crate::domain::programme::Programme;
use crate::domain::provider_list::ListedProvider;
use crate::domain::recovery::Recovery;
use crate::domain::relation::Relation;
use crate::domain::settlement::{Correction, RunTotals, SettlementRun};
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::domain::treasury::TreasuryRequest;
use crate::domain::usage::{UsageKey, UsageRefusal};
use crate::domain::user::User;
use crate::domain::voucher::{Voucher, VoucherAlert};
use crate::engine::approval::{Approval, Decision};
use crate::engine::banking::event::BankingEvent;
use crate::engine::ledger::Posted;
use crate::engine::sla::Probed;
pub use crate::engine::usage::taken::{AcceptedUsage, SteppedUsage, TakenEvent, TakenUsage};

/// A listing that was opened or changed, with where it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingImage {
    /// The listing as it is now.
    pub listing: Listing,
    /// Where it stands.
    pub state: ListingState,
}

/// A bid that was placed or changed, with where it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidImage {
    /// The bid as it is now.
    pub bid: Bid,
    /// Where it stands.
    pub state: BidState,
}

/// What a settlement posted for one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeaseSettlement {
    /// The lease.
    pub lease: LeaseId,
    /// Charge of this settlement.
    pub charge: Money,
    /// Of which vouchers paid.
    pub voucher: Money,
    /// Of which the tenant paid.
    pub cash: Money,
    /// The tenant's fee.
    pub fee: Money,
    /// Credit for faults.
    pub sla_credit: Money,
    /// Everything settled of the lease so far.
    pub total: Settled,
    /// Where the lease stands now.
    pub state: LeaseState,
    /// The same of this settlement, with the parts that its leaf has only in `total`.
    #[serde(skip)]
    pub posted: RunTotals,
    /// The lease as it is now, without what was reported of it.
    #[serde(skip)]
    pub image: Box<Lease>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An organisation was registered.
    OrgRegistered(#[serde(serialize_with = "org_leaf")] Box<Organisation>),
    /// A listing was opened.
    ListingOpened(#[serde(serialize_with = "listing_leaf")] Box<ListingImage>),
    /// A listing was amended, withdrawn, or has ended.
    ListingChanged(#[serde(serialize_with = "listing_leaf")] Box<ListingImage>),
    /// A bid was placed.
    BidPlaced(#[serde(serialize_with = "bid_leaf")] Box<BidImage>),
    /// A bid was amended, filled, cancelled, or has expired.
    BidChanged(#[serde(serialize_with = "bid_leaf")] Box<BidImage>),
    /// A fill was agreed, and its lease opened.
    Filled(Box<Fill>),
    /// A lease started, ended or was closed without a settlement of its own.
    LeaseChanged(#[serde(serialize_with = "lease_leaf")] Box<Lease>),
    /// Usage of a lease was settled.
    LeaseSettled(LeaseSettlement),
    /// A usage report was accepted.
    UsageAccepted(AcceptedUsage),
    /// Some usage reports of a batch were known already or refused.
    UsageRefused {
        /// Reports known already.
        duplicates: usize,
        /// Reports refused.
        refused: Vec<UsageRefusal>,
    },
    /// A batch of usage events was taken.
    UsageTaken(Box<TakenUsage>),
    /// Usage was accepted, or a dispute holds some of it back.
    UsageStepped(Box<SteppedUsage>),
    /// The key of an agent was registered or revoked.
    UsageKeyChanged(Box<UsageKey>),
    /// A dispute was opened, decided, or is overdue.
    DisputeChanged(Box<Dispute>),
    /// A movement was posted.
    Posted(Posted),
    /// A programme was opened.
    ProgrammeOpened(#[serde(serialize_with = "programme_leaf")] Box<Programme>),
    /// A voucher was granted.
    VoucherGranted(Box<Voucher>),
    /// A voucher expired with this much left.
    VoucherExpired {
        /// The voucher.
        voucher: VoucherId,
        /// What was left.
        amount: Money,
    },
    /// What an owner group has drawn of a programme in a period has changed.
    EntityDrawn {
        /// The programme.
        programme: ProgrammeId,
        /// The head of the owner group.
        org: OrgId,
        /// The year, or 0 for the whole programme.
        period: i32,
        /// Drawn in all.
        drawn: Money,
    },
    /// Earnings will become payable.
    EarningsPending {
        /// Whose.
        org: OrgId,
        /// When.
        release_at: Timestamp,
        /// Paid by tenants; in all for this organisation and instant.
        cash: Money,
        /// Paid by programmes; in all for this organisation and instant.
        programme: Money,
    },
    /// A programme's life or rules have changed.
    ProgrammeChanged(#[serde(serialize_with = "programme_state_leaf")] Box<Programme>),
    /// A voucher was revoked or extended.
    VoucherChanged(Box<Voucher>),
    /// A voucher expires soon and has something left.
    VoucherExpiring(VoucherAlert),
    /// The cap of an owner group was lifted.
    CapLifted {
        /// Of which programme.
        programme: ProgrammeId,
        /// For which owner group.
        group: OrgId,
        /// The cap from now on.
        cap: Money,
    },
    /// A calendar of working days was set.
    CalendarSet(Box<Calendar>),
    /// An application was made, or has moved on.
    ApplicationChanged(#[serde(serialize_with = "application_leaf")] Box<Application>),
    /// A claim was made, or has moved on.
    ClaimChanged(Box<Claim>),
    /// How the subsidy of the fill before was found.
    Evaluated {
        /// The fill.
        fill: FillId,
        /// The programme and the rules that spoke.
        evaluation: Box<Evaluation>,
    },
    /// What an owner group has spent and agreed in a calendar year has changed.
    EntitySpent {
        /// The head of the owner group.
        org: OrgId,
        /// The calendar year in Asia/Shanghai.
        year: i32,
        /// In all.
        spending: Spending,
    },
    /// A subsidy was taken back.
    RecoveryMade(Box<Recovery>),
    /// Facts about an organisation were attested; they replace those before.
    FactsAttested {
        /// The organisation.
        org: OrgId,
        /// The facts.
        #[serde(skip)]
        facts: Box<EntityFacts>,
    },
    /// The places of a provider in the list of a programme have changed.
    ProviderListed {
        /// The programme.
        programme: ProgrammeId,
        /// The provider.
        org: OrgId,
        /// All its places there.
        places: Vec<ListedProvider>,
    },
    /// What a provider's meter has counted was reported.
    PowerReported(PowerReading),
    /// Two organisations were related, or the end of a relation was noted.
    RelationChanged(Box<Relation>),
    /// A flag was raised or resolved.
    FlagChanged(Box<Flag>),
    /// A treasury was asked to pay, or has paid.
    TreasuryRequestChanged(Box<TreasuryRequest>),
    /// Something happened to money on its way in or out.
    Banking(Box<BankingEvent>),
    /// A settlement has begun, gone on, or is over.
    SettlementChanged(Box<SettlementRun>),
    /// Periods up to an instant were closed.
    PeriodClosed {
        /// That instant.
        until: Timestamp,
    },
    /// Card-seconds of a closed period were corrected.
    UsageCorrected(Box<Correction>),
    /// Fees will be, or are, others.
    FeesSet(Box<FeeSchedule>),
    /// The rate of the VAT contained in fees will be, or is, another.
    VatSet(VatChange),
    /// An outage became known, or stands elsewhere.
    OutageChanged(Box<Outage>),
    /// A lease was probed.
    LeaseProbed {
        /// Which one.
        lease: LeaseId,
        /// What is known of its probes now.
        probed: Probed,
    },
    /// A user was registered.
    UserRegistered(#[serde(serialize_with = "user_leaf")] Box<User>),
    /// A user's roles or leave to act were changed.
    UserChanged(#[serde(serialize_with = "user_leaf")] Box<User>),
    /// A change of a lease was asked for, answered, or has lapsed.
    LeaseChangeSet(Box<ChangeImage>),
    /// An organisation has said to whom access material is to be encrypted.
    AccessKeySet(Box<AccessKey>),
    /// Something waits for a second person.
    Proposed(#[serde(serialize_with = "approval_leaf")] Box<Approval>),
    /// A second person has decided; where they agreed, the events of what was asked for follow.
    ApprovalDecided(#[serde(serialize_with = "decision_leaf")] Box<Decision>),
}

impl Event {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OrgRegistered(_) => "org_registered",
            Self::ListingOpened(_) => "listing_opened",
            Self::ListingChanged(_) => "listing_changed",
            Self::BidPlaced(_) => "bid_placed",
            Self::BidChanged(_) => "bid_changed",
            Self::Filled(_) => "filled",
            Self::LeaseChanged(_) => "lease_changed",
            Self::LeaseSettled(_) => "lease_settled",
            Self::UsageAccepted(_) => "usage_accepted",
            Self::UsageRefused { .. } => "usage_refused",
            Self::UsageTaken(_) => "usage_taken",
            Self::UsageStepped(_) => "usage_stepped",
            Self::UsageKeyChanged(_) => "usage_key_changed",
            Self::DisputeChanged(_) => "dispute_changed",
            Self::Posted(_) => "posted",
            Self::ProgrammeOpened(_) => "programme_opened",
            Self::VoucherGranted(_) => "voucher_granted",
            Self::VoucherExpired { .. } => "voucher_expired",
            Self::EntityDrawn { .. } => "entity_drawn",
            Self::EarningsPending { .. } => "earnings_pending",
            Self::ProgrammeChanged(_) => "programme_changed",
            Self::VoucherChanged(_) => "voucher_changed",
            Self::VoucherExpiring(_) => "voucher_expiring",
            Self::CapLifted { .. } => "cap_lifted",
            Self::CalendarSet(_) => "calendar_set",
            Self::ApplicationChanged(_) => "application_changed",
            Self::ClaimChanged(_) => "claim_changed",
            Self::Evaluated { .. } => "evaluated",
            Self::EntitySpent { .. } => "entity_spent",
            Self::RecoveryMade(_) => "recovery_made",
            Self::FactsAttested { .. } => "facts_attested",
            Self::ProviderListed { .. } => "provider_listed",
            Self::PowerReported(_) => "power_reported",
            Self::RelationChanged(_) => "relation_changed",
            Self::FlagChanged(_) => "flag_changed",
            Self::TreasuryRequestChanged(_) => "treasury_request_changed",
            Self::Banking(event) => event.kind(),
            Self::SettlementChanged(_) => "settlement_changed",
            Self::PeriodClosed { .. } => "period_closed",
            Self::UsageCorrected(_) => "usage_corrected",
            Self::FeesSet(_) => "fees_set",
            Self::VatSet(_) => "vat_set",
            Self::OutageChanged(_) => "outage_changed",
            Self::LeaseProbed { .. } => "lease_probed",
            Self::UserRegistered(_) => "user_registered",
            Self::UserChanged(_) => "user_changed",
            Self::LeaseChangeSet(_) => "lease_change_set",
            Self::AccessKeySet(_) => "access_key_set",
            Self::Proposed(_) => "proposed",
            Self::ApprovalDecided(_) => "approval_decided",
        }
    }
}
