//! What the giver of an accepted command is told.

pub mod approval;
pub mod banking;
pub mod lease;
pub mod office;
pub mod settlement;
pub mod user;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::approval::ApprovalView;
use self::user::UserView;
use super::listing::ListingBody;
use super::view::fill::{FillView, SoldView};
use super::view::outage::OutageView;
use crate::domain::approval::Verdict;
use crate::domain::bid::BidState;
use crate::domain::id::{BidId, LeaseId, ListingId, MovementId, OrgId, ProgrammeId, Seq, TransferId};
use crate::domain::lease::{Fill, LeaseState};
use crate::domain::life::access::AccessKey;
use crate::domain::listing::ListingState;
use crate::domain::money::Money;
use crate::domain::settlement::Correction;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageRefusal;
use crate::domain::uscc::Uscc;
use crate::domain::voucher::Voucher;
use crate::engine::event::{BidImage, LeaseSettlement, ListingImage};
use crate::engine::office::integrity::IntegrityCommand;
use crate::engine::sla::SlaCommand;
use crate::engine::usage::UsageCommand;
use crate::engine::{Command, Event};

/// A place in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Sequence number of the command's own leaf.
    pub seq: i64,
    /// Its RFC 6962 leaf hash: SHA-256, or SM3 in a log of that suite, of a zero byte and the leaf, in hex.
    pub leaf: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Done(DoneAnswer),
    Org(OrgAnswer<'a>),
    Movement(MovementAnswer),
    Listing(ListingAnswer),
    Bid(BidAnswer),
    Programme(ProgrammeAnswer),
    Voucher(&'a Voucher),
    Usage(UsageAnswer<'a>),
    Settled(SettledAnswer<'a>),
    Lease(LeaseAnswer),
    Led(lease::LifeAnswer),
    AccessKey(&'a AccessKey),
    User(UserView),
    Proposed(ProposedAnswer),
    Decided(DecidedAnswer<'a>),
    Image(office::Image<'a>),
    Raised(office::RaisedAnswer),
    Run(settlement::RunAnswer),
    Corrected(&'a Correction),
    Outage(Box<OutageView>),
    Banking(banking::BankingImage<'a>),
}

/// Nothing but the receipt is to be said.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoneAnswer {}

/// An organisation that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrgAnswer<'a> {
    id: OrgId,
    /// The head of its owner group.
    group: OrgId,
    #[schema(value_type = String)]
    name: &'a str,
    uscc: Uscc,
}

/// A movement that was posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementAnswer {
    movement: MovementId,
    transfers: Vec<TransferId>,
}

/// A programme that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgrammeAnswer {
    id: ProgrammeId,
}

/// What came of usage reports; each is accepted or refused by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageAnswer<'a> {
    accepted: usize,
    duplicates: usize,
    #[schema(value_type = Vec<UsageRefusal>)]
    rejected: &'a [UsageRefusal],
}

/// What a settlement posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettledAnswer<'a> {
    #[schema(value_type = Vec<LeaseSettlement>)]
    leases: Vec<&'a LeaseSettlement>,
    totals: SettledTotals,
}

/// A lease that was ended, and who took at once what became free.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseAnswer {
    id: LeaseId,
    state: LeaseState,
    ends: Timestamp,
    fills: Vec<SoldView>,
}

/// What waits for a second person now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedAnswer {
    approval: ApprovalView,
}

/// What a second person has decided, and what came of it.
#[derive(Serialize, ToSchema)]
pub struct DecidedAnswer<'a> {
    approval: ApprovalView,
    /// The answer to what was asked for; null where it was rejected.
    #[schema(value_type = Option<Object>)]
    result: Option<Box<Answer<'a>>>,
}

/// A listing as it is now, and what resting bids took of it at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingAnswer {
    id: ListingId,
    provider: OrgId,
    seq: Seq,
    state: ListingState,
    #[serde(flatten)]
    body: Option<ListingBody>,
    fills: Vec<SoldView>,
}

/// A bid as it is now, and what this command filled of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BidAnswer {
    id: BidId,
    tenant: OrgId,
    seq: Seq,
    state: BidState,
    filled_cards: u32,
    held: Money,
    fills: Vec<FillView>,
}

/// Sums of a settlement.
#[derive(Debug, Default, Serialize, ToSchema)]
struct SettledTotals {
    leases: usize,
    charge: Money,
    voucher: Money,
    cash: Money,
    fee: Money,
}

#[derive(Serialize)]
struct WithReceipt<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    receipt: &'a Receipt,
}

/// An answer with its place in the audit log, for the description of the API.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted<T: ToSchema> {
    #[serde(flatten)]
    answer: T,
    receipt: Receipt,
}

/// The answer to an accepted command, as JSON.
///
/// # Errors
/// Only if a value cannot be written as JSON, which would be a defect.
pub fn render(command: &Command, events: &[Event], receipt: &Receipt) -> Result<String, serde_json::Error> {
    serde_json::to_string(&WithReceipt {
        answer: answer(command, events),
        receipt,
    })
}

fn answer<'a>(command: &Command, events: &'a [Event]) -> Answer<'a> {
    match command {
        Command::Tick
        | Command::DefineAccelerator(_)
        | Command::DefineSite(_)
        | Command::SetTerms(_)
        | Command::SetReferencePrice { .. } => Answer::Done(DoneAnswer {}),
        Command::RegisterOrg(_) => org(events),
        Command::Deposit { .. } | Command::Post { .. } => movement(events),
        Command::OpenListing { listing, .. } => self::listing(events, Some(listing.into())),
        Command::WithdrawListing { .. } | Command::AmendListing { .. } => self::listing(events, None),
        Command::PlaceBid { .. } | Command::CancelBid { .. } | Command::AmendBid { .. } => bid(events),
        Command::OpenProgramme(_) => programme(events),
        Command::Grant { .. } => voucher(events),
        Command::ReportUsage { .. } | Command::Usage(UsageCommand::Report { .. }) => usage(events),
        Command::Usage(UsageCommand::Accept { .. }) => Answer::Done(DoneAnswer {}),
        Command::Settle { most: None, .. } => settled(events),
        Command::Settle { most: Some(_), .. } | Command::Settlement(_) => settlement::answer(events),
        Command::EndLease { .. } => ended(events),
        Command::Lease(command) => lease::answer(command, events),
        Command::RegisterUser(_) | Command::AmendUser { .. } => user(events),
        Command::Propose { .. } => proposed(events),
        Command::Decide { .. } => decided(events),
        Command::Integrity(IntegrityCommand::RaiseFlags { .. }) => Answer::Raised(office::raised(events)),
        Command::Sla(SlaCommand::Probe { .. }) => Answer::Done(DoneAnswer {}),
        Command::Sla(_) => outage(events),
        Command::Banking(command) => {
            let image = banking::image(command, events);
            image.map_or(Answer::Done(DoneAnswer {}), Answer::Banking)
        }
        Command::Programme(_)
        | Command::Application(_)
        | Command::Voucher(_)
        | Command::Claim(_)
        | Command::Recovery(_)
        | Command::Treasury(_)
        | Command::Integrity(_)
        | Command::Usage(UsageCommand::AddKey { .. } | UsageCommand::RevokeKey { .. })
        | Command::Dispute(_)
        | Command::RelateOrgs { .. } => office::answer(command, events),
    }
}

/// The first event that `pick` takes makes the answer.
fn first<'a>(events: &'a [Event], pick: impl Fn(&'a Event) -> Option<Answer<'a>>) -> Answer<'a> {
    events.iter().find_map(pick).unwrap_or(Answer::Done(DoneAnswer {}))
}

fn outage(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::OutageChanged(outage) => Some(Answer::Outage(Box::new(OutageView::from(&**outage)))),
        _ => None,
    })
}

fn org(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::OrgRegistered(org) => {
            let profile = &org.profile;
            Some(Answer::Org(OrgAnswer {
                id: org.id,
                group: org.group,
                name: &profile.name,
                uscc: profile.uscc,
            }))
        }
        _ => None,
    })
}

fn movement(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::Posted(posted) => {
            let transfers = posted.movement.transfers.iter().map(|transfer| transfer.id).collect();
            Some(Answer::Movement(MovementAnswer {
                movement: posted.movement.id,
                transfers,
            }))
        }
        _ => None,
    })
}

fn listing(events: &[Event], body: Option<ListingBody>) -> Answer<'_> {
    let image = events.iter().find_map(|event| match event {
        Event::ListingOpened(image) | Event::ListingChanged(image) => Some(&**image),
        _ => None,
    });
    let Some(ListingImage { listing, state }) = image else {
        return Answer::Done(DoneAnswer {});
    };
    let fills = fills(events).map(SoldView::of).collect();
    let (id, provider, seq, state) = (listing.id, listing.provider, listing.seq, *state);
    Answer::Listing(ListingAnswer {
        id,
        provider,
        seq,
        state,
        body,
        fills,
    })
}

fn fills(events: &[Event]) -> impl Iterator<Item = &Fill> {
    events.iter().filter_map(|event| match event {
        Event::Filled(fill) => Some(&**fill),
        _ => None,
    })
}

/// The last image of the bid tells where it stands now.
fn bid(events: &[Event]) -> Answer<'_> {
    let image = events.iter().rev().find_map(|event| match event {
        Event::BidPlaced(image) | Event::BidChanged(image) => Some(&**image),
        _ => None,
    });
    let Some(BidImage { bid, state }) = image else {
        return Answer::Done(DoneAnswer {});
    };
    let fills = fills(events).map(FillView::of).collect();
    let (id, tenant, seq, filled_cards, held) = (bid.id, bid.tenant, bid.seq, bid.filled_cards, bid.held);
    Answer::Bid(BidAnswer {
        id,
        tenant,
        seq,
        state: *state,
        filled_cards,
        held,
        fills,
    })
}

fn programme(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::ProgrammeOpened(programme) => Some(Answer::Programme(ProgrammeAnswer { id: programme.id })),
        _ => None,
    })
}

fn voucher(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::VoucherGranted(voucher) => Some(Answer::Voucher(voucher)),
        _ => None,
    })
}

fn usage(events: &[Event]) -> Answer<'_> {
    // Outages that the batch shows are told before it.
    let taken = events.iter().find_map(|event| match event {
        Event::UsageTaken(taken) => Some(taken),
        _ => None,
    });
    if let Some(taken) = taken {
        return Answer::Usage(UsageAnswer {
            accepted: taken.accepted,
            duplicates: taken.duplicates,
            rejected: &taken.refused,
        });
    }
    let accepted = events
        .iter()
        .filter(|event| matches!(event, Event::UsageAccepted(_)))
        .count();
    let refused = events.iter().find_map(|event| match event {
        Event::UsageRefused { duplicates, refused } => Some((*duplicates, refused.as_slice())),
        _ => None,
    });
    let (duplicates, rejected) = refused.unwrap_or((0, &[]));
    Answer::Usage(UsageAnswer {
        accepted,
        duplicates,
        rejected,
    })
}

fn settled(events: &[Event]) -> Answer<'_> {
    let leases: Vec<&LeaseSettlement> = events
        .iter()
        .filter_map(|event| match event {
            Event::LeaseSettled(settlement) => Some(settlement),
            _ => None,
        })
        .collect();
    // What was posted is in range, so that its sums are.
    let sum = |part: fn(&LeaseSettlement) -> Money| Money::sum(leases.iter().map(|one| part(one))).unwrap_or_default();
    let totals = SettledTotals {
        leases: leases.len(),
        charge: sum(|one| one.charge),
        voucher: sum(|one| one.voucher),
        cash: sum(|one| one.cash),
        fee: sum(|one| one.fee),
    };
    Answer::Settled(SettledAnswer { leases, totals })
}

fn ended(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::LeaseChanged(lease) => {
            let fills = fills(events).map(SoldView::of).collect();
            Some(Answer::Lease(LeaseAnswer {
                id: lease.id(),
                state: lease.state,
                ends: lease.ends.timestamp(),
                fills,
            }))
        }
        _ => None,
    })
}

fn user(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::UserRegistered(user) | Event::UserChanged(user) => Some(Answer::User(UserView::from(&**user))),
        _ => None,
    })
}

fn proposed(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::Proposed(approval) => {
            let approval = ApprovalView::from(&**approval);
            Some(Answer::Proposed(ProposedAnswer { approval }))
        }
        _ => None,
    })
}

/// The decision comes first; what follows it is what the command that was approved has brought about.
fn decided(events: &[Event]) -> Answer<'_> {
    let Some((Event::ApprovalDecided(decision), rest)) = events.split_first() else {
        return Answer::Done(DoneAnswer {});
    };
    let result = match decision.verdict {
        Verdict::Approve => Some(Box::new(answer(&decision.approval.command, rest))),
        Verdict::Reject => None,
    };
    Answer::Decided(DecidedAnswer {
        approval: ApprovalView::from(&**decision),
        result,
    })
}
