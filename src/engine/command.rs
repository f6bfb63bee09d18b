//! What can be asked of the exchange.

use serde::{Deserialize, Serialize};

use crate::domain::accelerator::Accelerator;
use crate::domain::account::AccountKey;
use crate::domain::approval::Verdict;
use crate::domain::bid::NewBid;
use crate::domain::code::Code;
use crate::domain::id::{ApprovalId, BidId, LeaseId, ListingId, OrgId, ProgrammeId, UserId};
use crate::domain::listing::NewListing;
use crate::domain::money::{Money, Price};
use crate::domain::organisation::NewOrganisation;
use crate::domain::programme::ProgrammeRules;
use crate::domain::site::Site;
use crate::domain::terms::Terms;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::usage::UsageReport;
use crate::domain::user::{NewUser, Role};
use crate::domain::version::Version;
use crate::engine::banking::BankingCommand;
use crate::engine::dispute::DisputeCommand;
use crate::engine::lease::LeaseCommand;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::office::programme::ProgrammeCommand;
use crate::engine::office::recovery::RecoveryCommand;
use crate::engine::office::treasury::TreasuryCommand;
use crate::engine::office::voucher::VoucherCommand;
use crate::engine::settlement::SettlementCommand;
use crate::engine::sla::SlaCommand;
use crate::engine::usage::UsageCommand;

/// A command. Who may give it is decided above the engine; whose things it touches is checked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Let everything happen that is due by now: expiries, starts and ends of leases, releases of earnings.
    Tick,
    /// Add an accelerator model.
    DefineAccelerator(Accelerator),
    /// Add a site.
    DefineSite(Site),
    /// Put new terms into force.
    SetTerms(Terms),
    /// Publish a reference price.
    SetReferencePrice {
        /// Of which model.
        accelerator: Code,
        /// The price.
        price: Price,
    },
    /// Register an organisation.
    RegisterOrg(NewOrganisation),
    /// Declare two organisations related: a fill between them carries no subsidy.
    RelateOrgs {
        /// One.
        a: OrgId,
        /// The other.
        b: OrgId,
    },
    /// Book money that arrived at the custody account.
    Deposit {
        /// Whose it is.
        org: OrgId,
        /// How much.
        amount: Money,
        /// The bank's reference.
        bank_ref: String,
    },
    /// Post a movement by hand.
    Post {
        /// The transfers, in order: debit, credit, amount.
        transfers: Vec<(AccountKey, AccountKey, Money)>,
    },
    /// Offer cards.
    OpenListing {
        /// Who offers.
        provider: OrgId,
        /// What is offered.
        listing: NewListing,
    },
    /// Take an offer back.
    WithdrawListing {
        /// Who asks.
        provider: OrgId,
        /// Which one.
        listing: ListingId,
    },
    /// Change an offer; what is none stays.
    AmendListing {
        /// Who asks.
        provider: OrgId,
        /// Which one.
        listing: ListingId,
        /// The new price asked.
        ask: Option<Price>,
        /// More islands than before.
        islands: Option<u32>,
        /// A later end than before.
        until: Option<Hour>,
        /// The version that was seen; another one is not changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_match: Option<Version>,
    },
    /// Bid for cards.
    PlaceBid {
        /// Who bids.
        tenant: OrgId,
        /// For what.
        bid: NewBid,
    },
    /// Take a bid back.
    CancelBid {
        /// Who asks.
        tenant: OrgId,
        /// Which one.
        bid: BidId,
    },
    /// Change a bid that nothing was filled of; what is none stays.
    AmendBid {
        /// Who asks.
        tenant: OrgId,
        /// Which one.
        bid: BidId,
        /// The changes.
        change: BidChange,
        /// The version that was seen; another one is not changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_match: Option<Version>,
    },
    /// Open a voucher programme and appropriate its pot.
    OpenProgramme(Box<ProgrammeRules>),
    /// Grant a voucher.
    Grant {
        /// Under which programme.
        programme: ProgrammeId,
        /// To whom.
        org: OrgId,
        /// How much.
        amount: Money,
    },
    /// Report usage as plain spans; every report is accepted or refused by itself. [`UsageCommand::Report`] says more.
    ReportUsage {
        /// Who reports.
        provider: OrgId,
        /// The reports.
        reports: Vec<UsageReport>,
    },
    /// Settle all accepted usage up to an instant.
    Settle {
        /// That instant.
        until: Timestamp,
        /// How many leases at most; the others by [`SettlementCommand::ContinueSettlement`]. None: all at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u32>,
    },
    /// End a lease before its time.
    EndLease {
        /// Who asks: its tenant or its provider.
        org: OrgId,
        /// Which one.
        lease: LeaseId,
    },
    /// Register a person who acts for an organisation.
    RegisterUser(NewUser),
    /// Change what a user may do; what is none stays.
    AmendUser {
        /// Which one.
        user: UserId,
        /// All roles from now on.
        roles: Option<Vec<Role>>,
        /// Whether the user may act.
        active: Option<bool>,
        /// The version that was seen; another one is not changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_match: Option<Version>,
    },
    /// Ask for something that a second person must agree to.
    Propose {
        /// Who asks.
        maker: UserId,
        /// What shall happen then.
        command: Box<Command>,
    },
    /// Agree to what another person has asked for, so that it happens now, or refuse it.
    Decide {
        /// Who decides.
        checker: UserId,
        /// On what.
        approval: ApprovalId,
        /// How.
        verdict: Verdict,
        /// Why; a refusal needs a reason.
        reason: Option<String>,
    },
    /// Move a programme on in its life.
    Programme(ProgrammeCommand),
    /// Make an application, or move it on.
    Application(ApplicationCommand),
    /// Change a voucher.
    Voucher(VoucherCommand),
    /// Make a claim, or decide on it.
    Claim(ClaimCommand),
    /// Take a subsidy back.
    Recovery(RecoveryCommand),
    /// Ask a treasury to pay, or book what it has paid.
    Treasury(TreasuryCommand),
    /// Do something to a lease, or ask for a change of it.
    Lease(LeaseCommand),
    /// Attest facts about organisations; raise and resolve flags.
    Integrity(IntegrityCommand),
    /// Take, accept or sign usage.
    Usage(UsageCommand),
    /// Dispute usage, or decide on that.
    Dispute(DisputeCommand),
    /// Go on with a settlement; close periods, correct what is closed, set fees.
    Settlement(SettlementCommand),
    /// Claim outages, answer and decide on them; say what probes have found.
    Sla(SlaCommand),
    /// Move money in or out, or say what a bank has said.
    Banking(BankingCommand),
}

/// A change of a bid. Fewer cards, a lower limit or a narrower window keeps its place; anything else loses it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BidChange {
    /// Cards, hours and limit of every alternative, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Vec<(u32, u32, Price)>>,
    /// The earliest start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Hour>,
    /// The latest end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Hour>,
}

impl Command {
    /// The bank's reference of the movement that it books.
    pub fn bank_ref(&self) -> Option<&str> {
        match self {
            Self::Deposit { bank_ref, .. } => Some(bank_ref),
            Self::Treasury(command) => command.bank_ref(),
            Self::Tick
            | Self::DefineAccelerator(_)
            | Self::DefineSite(_)
            | Self::SetTerms(_)
            | Self::SetReferencePrice { .. }
            | Self::RegisterOrg(_)
            | Self::RelateOrgs { .. }
            | Self::Post { .. }
            | Self::OpenListing { .. }
            | Self::WithdrawListing { .. }
            | Self::AmendListing { .. }
            | Self::PlaceBid { .. }
            | Self::CancelBid { .. }
            | Self::AmendBid { .. }
            | Self::OpenProgramme(_)
            | Self::Grant { .. }
            | Self::ReportUsage { .. }
            | Self::Settle { .. }
            | Self::EndLease { .. }
            | Self::Lease(_)
            | Self::Sla(_)
            | Self::Usage(_)
            | Self::Dispute(_)
            | Self::RegisterUser(_)
            | Self::AmendUser { .. }
            | Self::Propose { .. }
            | Self::Decide { .. }
            | Self::Programme(_)
            | Self::Application(_)
            | Self::Voucher(_)
            | Self::Claim(_)
            | Self::Recovery(_)
            | Self::Integrity(_)
            | Self::Settlement(_)
            | Self::Banking(_) => None,
        }
    }

    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::DefineAccelerator(_) => "define_accelerator",
            Self::DefineSite(_) => "define_site",
            Self::SetTerms(_) => "set_terms",
            Self::SetReferencePrice { .. } => "set_reference_price",
            Self::RegisterOrg(_) => "register_org",
            Self::RelateOrgs { .. } => "relate_orgs",
            Self::Deposit { .. } => "deposit",
            Self::Post { .. } => "post",
            Self::OpenListing { .. } => "open_listing",
            Self::WithdrawListing { .. } => "withdraw_listing",
            Self::AmendListing { .. } => "amend_listing",
            Self::PlaceBid { .. } => "place_bid",
            Self::CancelBid { .. } => "cancel_bid",
            Self::AmendBid { .. } => "amend_bid",
            Self::OpenProgramme(_) => "open_programme",
            Self::Grant { .. } => "grant",
            Self::ReportUsage { .. } => "report_usage",
            Self::Settle { .. } => "settle",
            Self::EndLease { .. } => "end_lease",
            Self::RegisterUser(_) => "register_user",
            Self::AmendUser { .. } => "amend_user",
            Self::Propose { .. } => "propose",
            Self::Decide { .. } => "decide",
            Self::Programme(command) => command.kind(),
            Self::Application(command) => command.kind(),
            Self::Voucher(command) => command.kind(),
            Self::Claim(command) => command.kind(),
            Self::Recovery(command) => command.kind(),
            Self::Treasury(command) => command.kind(),
            Self::Lease(command) => command.kind(),
            Self::Integrity(command) => command.kind(),
            Self::Usage(command) => command.kind(),
            Self::Dispute(command) => command.kind(),
            Self::Settlement(command) => command.kind(),
            Self::Sla(command) => command.kind(),
            Self::Banking(command) => command.kind(),
        }
    }
}
