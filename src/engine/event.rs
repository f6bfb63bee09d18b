//! What happened. Events carry what has to be stored; what is serialised of them is the leaf of the journal.

use serde::{Serialize, Serializer};

use crate::domain::application::{Application, ApplicationState};
use crate::domain::approval::ApprovalState;
use crate::domain::bid::{Bid, BidState, Bound};
use crate::domain::calendar::Calendar;
use crate::domain::claim::Claim;
use crate::domain::dispute::Dispute;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::Evaluation;
use crate::domain::flag::Flag;
use crate::domain::id::{
    ApplicationId, ApprovalId, BidId, FillId, LeaseId, ListingId, OrgId, ProgrammeId, Seq, UserId, VoucherId,
};
use crate::domain::lease::{Fill, Lease, LeaseState, Settled};
use crate::domain::life::Step;
use crate::domain::life::access::AccessKey;
use crate::domain::life::change::ChangeImage;
use crate::domain::listing::{Listing, ListingState};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::Organisation;
use crate::domain::power::PowerReading;
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::provider_list::ListedProvider;
use crate::domain::recovery::Recovery;
use crate::domain::relation::Relation;
use crate::domain::spending::Spending;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::treasury::TreasuryRequest;
use crate::domain::usage::{UsageKey, UsageRefusal};
use crate::domain::user::{Role, User};
use crate::domain::voucher::{Voucher, VoucherAlert};
use crate::engine::approval::{Approval, Decision};
use crate::engine::ledger::Posted;
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
    /// The lease as it is now.
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
            Self::UserRegistered(_) => "user_registered",
            Self::UserChanged(_) => "user_changed",
            Self::LeaseChangeSet(_) => "lease_change_set",
            Self::AccessKeySet(_) => "access_key_set",
            Self::Proposed(_) => "proposed",
            Self::ApprovalDecided(_) => "approval_decided",
        }
    }
}

// The leaves below leave out what the command's own leaf says already.

fn org_leaf<S: Serializer>(org: &Organisation, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        org: OrgId,
        group: OrgId,
    }
    Leaf {
        org: org.id,
        group: org.group,
    }
    .serialize(serializer)
}

fn listing_leaf<S: Serializer>(image: &ListingImage, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        listing: ListingId,
        seq: Seq,
        state: ListingState,
        ask: Price,
        islands: u32,
        until: Hour,
    }
    let listing = &image.listing;
    let until = listing.window.until();
    Leaf {
        listing: listing.id,
        seq: listing.seq,
        state: image.state,
        ask: listing.ask,
        islands: listing.islands,
        until,
    }
    .serialize(serializer)
}

fn bid_leaf<S: Serializer>(image: &BidImage, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        bid: BidId,
        seq: Seq,
        state: BidState,
        filled_cards: u32,
        bound: Option<Bound>,
        held: Money,
    }
    let bid = &image.bid;
    let state = image.state;
    Leaf {
        bid: bid.id,
        seq: bid.seq,
        state,
        filled_cards: bid.filled_cards,
        bound: bid.bound,
        held: bid.held,
    }
    .serialize(serializer)
}

fn lease_leaf<S: Serializer>(lease: &Lease, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        lease: LeaseId,
        state: LeaseState,
        ends: Hour,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'a Step>,
    }
    Leaf {
        lease: lease.id(),
        state: lease.state,
        ends: lease.ends,
        step: lease.life().last.as_ref(),
    }
    .serialize(serializer)
}

fn programme_leaf<S: Serializer>(programme: &Programme, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        programme: ProgrammeId,
    }
    Leaf {
        programme: programme.id,
    }
    .serialize(serializer)
}

fn programme_state_leaf<S: Serializer>(programme: &Programme, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        programme: ProgrammeId,
        issuer: Option<OrgId>,
        state: ProgrammeState,
        version: u32,
    }
    Leaf {
        programme: programme.id,
        issuer: programme.issuer,
        state: programme.state,
        version: programme.rules.version,
    }
    .serialize(serializer)
}

fn application_leaf<S: Serializer>(application: &Application, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        application: ApplicationId,
        programme: ProgrammeId,
        org: OrgId,
        version: u32,
        round: u8,
        #[serde(flatten)]
        state: &'a ApplicationState,
    }
    Leaf {
        application: application.id,
        programme: application.programme,
        org: application.org,
        version: application.version,
        round: application.round,
        state: &application.state,
    }
    .serialize(serializer)
}

fn user_leaf<S: Serializer>(user: &User, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        user: UserId,
        roles: &'a [Role],
        active: bool,
    }
    Leaf {
        user: user.id,
        roles: &user.profile.roles,
        active: user.active,
    }
    .serialize(serializer)
}

fn approval_leaf<S: Serializer>(approval: &Approval, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        approval: ApprovalId,
        role: Role,
        payload_hash: &'a str,
    }
    Leaf {
        approval: approval.id,
        role: approval.role,
        payload_hash: &approval.payload_hash,
    }
    .serialize(serializer)
}

fn decision_leaf<S: Serializer>(decision: &Decision, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        approval: ApprovalId,
        state: ApprovalState,
        maker: UserId,
        payload_hash: &'a str,
    }
    Leaf {
        approval: decision.approval.id,
        state: decision.verdict.state(),
        maker: decision.approval.maker,
        payload_hash: &decision.approval.payload_hash,
    }
    .serialize(serializer)
}
