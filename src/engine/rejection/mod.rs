//! Why a command was refused. A refused command has changed nothing.

mod field;

use self::field::describe;
pub use self::field::{FieldError, FieldErrors, FieldRule, invalid};
use super::office::integrity::conflict::Conflict;
use crate::domain::application::ApplicationStatus;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{
    ApplicationId, ApprovalId, BidId, DisputeId, FlagId, LeaseId, ListingId, OrgId, OutageId, ProgrammeId, RecoveryId,
    SettlementId, UsageKeyId, UserId, VoucherId,
};
use crate::domain::money::{Money, Overflow};
use crate::domain::outage::OutageState;
use crate::domain::plan::PlanDigest;
use crate::domain::programme::ProgrammeState;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::version::Version;
use crate::engine::banking::refusal::BankingRefusal;
use crate::engine::lease::refusal::LeaseRefusal;
use crate::engine::office::claim::refusal::ClaimRefusal;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fields break rules.
    #[error("{}", describe(.0))]
    Invalid(Vec<FieldError>),
    /// The tenant's cash does not suffice for the hold.
    #[error("the bid needs {needed} CNY on hold and {available} CNY are available: {missing} CNY are missing")]
    InsufficientCash {
        /// What the bid needs.
        needed: Money,
        /// What the tenant has.
        available: Money,
        /// The difference.
        missing: Money,
    },
    /// An account does not hold enough for a movement posted by hand.
    #[error("an account of the movement would fall below its floor")]
    InsufficientFunds,
    /// No such listing, or that of another organisation.
    #[error("there is no listing {0} of this organisation")]
    ListingNotFound(ListingId),
    /// The listing is withdrawn or has ended.
    #[error("listing {0} is not open any more")]
    ListingNotOpen(ListingId),
    /// No such bid, or that of another organisation.
    #[error("there is no bid {0} of this organisation")]
    BidNotFound(BidId),
    /// The bid is filled, cancelled or expired.
    #[error("bid {0} is not open any more")]
    BidNotOpen(BidId),
    /// A bid that is partly filled cannot be amended.
    #[error("bid {0} is partly filled: cancel it and bid again")]
    BidPartlyFilled(BidId),
    /// No such lease, or that of another organisation.
    #[error("there is no lease {0} of this organisation")]
    LeaseNotFound(LeaseId),
    /// The lease has ended.
    #[error("lease {0} has ended already")]
    LeaseEnded(LeaseId),
    /// No such user.
    #[error("there is no user {0}")]
    UserNotFound(UserId),
    /// The user was stopped.
    #[error("user {0} may not act any more")]
    UserInactive(UserId),
    /// The user has not the role that decides.
    #[error("user {user} may not act as {role}")]
    RoleMissing {
        /// The user.
        user: UserId,
        /// The role.
        role: Role,
    },
    /// Who asked for something cannot agree to it, whatever their roles.
    #[error("user {0} has asked for this and cannot decide on it: another person must")]
    SamePerson(UserId),
    /// Whoever a decision is about takes no part in it.
    #[error(
        "this is about user {0} or their own organisations: they can neither ask for it nor decide on it, two other people must"
    )]
    PersonConcerned(UserId),
    /// No such approval.
    #[error("there is no approval {0}")]
    ApprovalNotFound(ApprovalId),
    /// The approval was decided already.
    #[error("approval {0} was decided already")]
    ApprovalDecided(ApprovalId),
    /// The command needs no second person.
    #[error("{0} is nothing that two people decide on")]
    NotForApproval(&'static str),
    /// No such programme.
    #[error("there is no programme {0}")]
    ProgrammeNotFound(ProgrammeId),
    /// The programme, or the stage of its review, is another authority's.
    #[error("user {0} acts for another authority")]
    OtherIssuer(UserId),
    /// No such application, or that of another organisation.
    #[error("there is no application {0} of this organisation")]
    ApplicationNotFound(ApplicationId),
    /// The application was granted, refused or taken back.
    #[error("application {0} was decided already")]
    ApplicationDecided(ApplicationId),
    /// A person counts once in all stages of an application.
    #[error("user {0} has reviewed this application already: another person must")]
    ReviewedAlready(UserId),
    /// Applications are granted in their order while the pot is short.
    #[error("application {0} came before and the pot does not suffice for both")]
    EarlierApplication(ApplicationId),
    /// A flag on the application, or on who applies, is not resolved.
    #[error("application {application} is held back by flag {flag}")]
    ApplicationHeld {
        /// Which one.
        application: ApplicationId,
        /// What holds it.
        flag: FlagId,
    },
    /// The year has no calendar of working days.
    #[error("working days of {0} are not known: no calendar is set")]
    CalendarMissing(i32),
    /// No such voucher, or that of another organisation.
    #[error("there is no voucher {0}")]
    VoucherNotFound(VoucherId),
    /// The voucher has expired, was revoked, or ended with its programme.
    #[error("voucher {0} cannot pay any more")]
    VoucherNotLive(VoucherId),
    /// The programme stands elsewhere in its life.
    #[error("programme {programme} is {}, not {}", found.name(), wanted.name())]
    ProgrammeNotInState {
        /// The programme.
        programme: ProgrammeId,
        /// Where it stands.
        found: ProgrammeState,
        /// Where it must stand for this.
        wanted: ProgrammeState,
    },
    /// Something of the programme is still open.
    #[error("programme {programme} is not settled: {}", open.join("; "))]
    ProgrammeNotSettled {
        /// The programme.
        programme: ProgrammeId,
        /// What is still open, with its amount.
        open: Vec<String>,
    },
    /// The application stands elsewhere in its life.
    #[error("application {application} is {}", found.name())]
    ApplicationNotInState {
        /// The application.
        application: ApplicationId,
        /// Where it stands.
        found: ApplicationStatus,
    },
    /// The programme does not let the same party provide and receive.
    #[error("{0}")]
    RoleConflict(Conflict),
    /// No such flag, or one of another authority's programme.
    #[error("there is no flag {0}")]
    FlagNotFound(FlagId),
    /// The flag was resolved already.
    #[error("flag {0} was resolved already")]
    FlagResolved(FlagId),
    /// Nobody resolves a flag on their own organisation or its owner group.
    #[error("flag {flag} is on the organisation of user {user}: another organisation must resolve it")]
    FlagConcerns {
        /// The flag.
        flag: FlagId,
        /// Who wanted to resolve it.
        user: UserId,
    },
    /// The thing has changed since it was read.
    #[error("it has changed since it was read: its version is {found}, not {expected}")]
    VersionMismatch {
        /// The version that was seen.
        expected: Version,
        /// The version that it has now.
        found: Version,
    },
    /// The amounts are not any more those that were asked for.
    #[error(
        "{} amounts of {} CNY in all were asked for, and it would be {} of {} CNY now: ask for it again",
        .agreed.lines, .agreed.total, .found.lines, .found.total
    )]
    PlanChanged {
        /// What was asked for.
        agreed: PlanDigest,
        /// What it would be.
        found: PlanDigest,
    },
    /// The organisation's owner group is kept out of the issuer's programmes.
    #[error("organisation {org} is kept out of this issuer's programmes until {until}, by recovery {recovery}")]
    Banned {
        /// The organisation.
        org: OrgId,
        /// The recovery that it comes from.
        recovery: RecoveryId,
        /// Until when.
        until: Timestamp,
    },
    /// No such dispute, or that of another organisation.
    #[error("there is no dispute {0} of this organisation, or its lease is closed")]
    DisputeNotFound(DisputeId),
    /// The dispute was decided, conceded or taken back.
    #[error("dispute {0} was decided already")]
    DisputeDecided(DisputeId),
    /// No such key, or that of another provider.
    #[error("there is no usage key {0} of this organisation")]
    UsageKeyNotFound(UsageKeyId),
    /// The key was revoked already.
    #[error("usage key {0} was revoked already")]
    UsageKeyRevoked(UsageKeyId),
    /// No such recovery, or that of another organisation.
    #[error("there is no recovery {0} of this organisation")]
    RecoveryNotFound(RecoveryId),
    /// No such outage, or one of a lease of others.
    #[error("there is no outage {0} of a lease of this organisation that is not closed")]
    OutageNotFound(OutageId),
    /// The outage stands elsewhere in its life.
    #[error("outage {outage} is {}", found.name())]
    OutageNotInState {
        /// Which one.
        outage: OutageId,
        /// Where it stands.
        found: OutageState,
    },
    /// The organisation has handed in no such document.
    #[error("document {0} was not handed in by this organisation")]
    DocumentMissing(Fingerprint),
    /// The document has another size or content than is said.
    #[error("document {0} has another size or content than is said of it")]
    DocumentAltered(Fingerprint),
    /// It is about the life of a lease.
    #[error(transparent)]
    Lease(#[from] LeaseRefusal),
    /// It is about a claim, a reserve or a treasury.
    #[error(transparent)]
    Claim(#[from] ClaimRefusal),
    /// A settlement is not over.
    #[error("settlement {0} is not over: it goes on first")]
    SettlementOpen(SettlementId),
    /// The settlement is over or goes on elsewhere.
    #[error("settlement {0} is over, or goes on from another lease")]
    SettlementMovedOn(SettlementId),
    /// It counts in a closed period.
    #[error("the period before {0} is closed")]
    PeriodClosed(Timestamp),
    /// The period cannot be closed yet.
    #[error("the period cannot be closed: {0}")]
    PeriodNotSettled(&'static str),
    /// It is about money in or out.
    #[error(transparent)]
    Banking(#[from] BankingRefusal),
    /// A limit of the exchange.
    #[error("{0}")]
    Limit(&'static str),
    /// Sums left the range that can be counted.
    #[error("an amount leaves the range that the exchange can count")]
    Overflow,
    /// The command's instant lies before that of the last one.
    #[error("the instant {at} lies before {now}, up to which the exchange has gone")]
    ClockWentBack {
        /// The command's instant.
        at: Timestamp,
        /// The last one.
        now: Timestamp,
    },
    /// Something is due first; give `Tick` before the command.
    #[error("something is due before this command")]
    TickFirst,
    /// The books contradict themselves: a defect of the exchange. Memory must be dropped and read again.
    #[error("internal error: {0}")]
    Fault(&'static str),
}

impl Rejection {
    /// What failed after the state had begun to change is no refusal any more: the state must be dropped.
    pub fn after_change(self) -> Rejection {
        match self {
            Self::Fault(_) => self,
            Self::Invalid(_)
            | Self::InsufficientCash { .. }
            | Self::InsufficientFunds
            | Self::ListingNotFound(_)
            | Self::ListingNotOpen(_)
            | Self::BidNotFound(_)
            | Self::BidNotOpen(_)
            | Self::BidPartlyFilled(_)
            | Self::LeaseNotFound(_)
            | Self::LeaseEnded(_)
            | Self::UserNotFound(_)
            | Self::UserInactive(_)
            | Self::RoleMissing { .. }
            | Self::SamePerson(_)
            | Self::PersonConcerned(_)
            | Self::ApprovalNotFound(_)
            | Self::ApprovalDecided(_)
            | Self::NotForApproval(_)
            | Self::ProgrammeNotFound(_)
            | Self::OtherIssuer(_)
            | Self::ApplicationNotFound(_)
            | Self::ApplicationDecided(_)
            | Self::ReviewedAlready(_)
            | Self::EarlierApplication(_)
            | Self::ApplicationHeld { .. }
            | Self::CalendarMissing(_)
            | Self::VoucherNotFound(_)
            | Self::VoucherNotLive(_)
            | Self::ProgrammeNotInState { .. }
            | Self::ProgrammeNotSettled { .. }
            | Self::ApplicationNotInState { .. }
            | Self::RoleConflict(_)
            | Self::FlagNotFound(_)
            | Self::FlagResolved(_)
            | Self::FlagConcerns { .. }
            | Self::VersionMismatch { .. }
            | Self::PlanChanged { .. }
            | Self::Banned { .. }
            | Self::DisputeNotFound(_)
            | Self::DisputeDecided(_)
            | Self::UsageKeyNotFound(_)
            | Self::UsageKeyRevoked(_)
            | Self::RecoveryNotFound(_)
            | Self::OutageNotFound(_)
            | Self::OutageNotInState { .. }
            | Self::DocumentMissing(_)
            | Self::DocumentAltered(_)
            | Self::Claim(_)
            | Self::Banking(_)
            | Self::Lease(_)
            | Self::SettlementOpen(_)
            | Self::SettlementMovedOn(_)
            | Self::PeriodClosed(_)
            | Self::PeriodNotSettled(_)
            | Self::Limit(_)
            | Self::Overflow
            | Self::ClockWentBack { .. }
            | Self::TickFirst => Self::Fault("a command failed after the state had begun to change"),
        }
    }
}

impl From<Overflow> for Rejection {
    fn from(_: Overflow) -> Rejection {
        Rejection::Overflow
    }
}

/// Refuses to change a thing of which the giver of the command has seen another version. It is computed only where asked for.
pub fn require_version(expected: Option<Version>, found: impl FnOnce() -> Version) -> Result<(), Rejection> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let found = found();
    if expected == found {
        Ok(())
    } else {
        Err(Rejection::VersionMismatch { expected, found })
    }
}
