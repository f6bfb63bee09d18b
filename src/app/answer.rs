//! What the giver of an accepted command is told.

use serde::Serialize;

use super::listing::ListingBody;
use super::view::fill::{FillView, SoldView};
use crate::domain::bid::BidState;
use crate::domain::id::{BidId, LeaseId, ListingId, MovementId, OrgId, ProgrammeId, Seq, TransferId};
use crate::domain::lease::{Fill, LeaseState};
use crate::domain::listing::ListingState;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;
use crate::domain::voucher::Voucher;
use crate::engine::event::{BidImage, LeaseSettlement, ListingImage, UsageRefusal};
use crate::engine::{Command, Event};

/// A place in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Receipt {
    /// Sequence number of the command's own leaf.
    pub seq: i64,
    /// Its RFC 6962 leaf hash: SHA-256 of a zero byte and the leaf, in hex.
    pub leaf: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Done {},
    Org {
        id: OrgId,
        group: OrgId,
        name: &'a str,
        uscc: Uscc,
    },
    Movement {
        movement: MovementId,
        transfers: Vec<TransferId>,
    },
    Listing(ListingAnswer),
    Bid(BidAnswer),
    Programme {
        id: ProgrammeId,
    },
    Voucher(&'a Voucher),
    Usage {
        accepted: usize,
        duplicates: usize,
        rejected: &'a [UsageRefusal],
    },
    Settled {
        leases: Vec<&'a LeaseSettlement>,
        totals: SettledTotals,
    },
    Lease {
        id: LeaseId,
        state: LeaseState,
        ends: Timestamp,
        fills: Vec<SoldView>,
    },
}

#[derive(Serialize)]
struct ListingAnswer {
    id: ListingId,
    provider: OrgId,
    seq: Seq,
    state: ListingState,
    #[serde(flatten)]
    body: Option<ListingBody>,
    fills: Vec<SoldView>,
}

#[derive(Serialize)]
struct BidAnswer {
    id: BidId,
    tenant: OrgId,
    seq: Seq,
    state: BidState,
    filled_cards: u32,
    held: Money,
    fills: Vec<FillView>,
}

#[derive(Debug, Default, Serialize)]
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
        | Command::SetReferencePrice { .. }
        | Command::RelateOrgs { .. } => Answer::Done {},
        Command::RegisterOrg(_) => org(events),
        Command::Deposit { .. } | Command::Post { .. } => movement(events),
        Command::OpenListing { listing, .. } => self::listing(events, Some(listing.into())),
        Command::WithdrawListing { .. } | Command::AmendListing { .. } => self::listing(events, None),
        Command::PlaceBid { .. } | Command::CancelBid { .. } | Command::AmendBid { .. } => bid(events),
        Command::OpenProgramme(_) => programme(events),
        Command::Grant { .. } => voucher(events),
        Command::ReportUsage { .. } => usage(events),
        Command::Settle { .. } => settled(events),
        Command::EndLease { .. } => lease(events),
    }
}

/// The first event that `pick` takes makes the answer.
fn first<'a>(events: &'a [Event], pick: impl Fn(&'a Event) -> Option<Answer<'a>>) -> Answer<'a> {
    events.iter().find_map(pick).unwrap_or(Answer::Done {})
}

fn org(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::OrgRegistered(org) => {
            let profile = &org.profile;
            Some(Answer::Org {
                id: org.id,
                group: org.group,
                name: &profile.name,
                uscc: profile.uscc,
            })
        }
        _ => None,
    })
}

fn movement(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::Posted(posted) => {
            let transfers = posted.movement.transfers.iter().map(|transfer| transfer.id).collect();
            Some(Answer::Movement {
                movement: posted.movement.id,
                transfers,
            })
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
        return Answer::Done {};
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
        return Answer::Done {};
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
        Event::ProgrammeOpened(programme) => Some(Answer::Programme { id: programme.id }),
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
    let accepted = events
        .iter()
        .filter(|event| matches!(event, Event::UsageAccepted(_)))
        .count();
    let refused = events.iter().find_map(|event| match event {
        Event::UsageRefused { duplicates, refused } => Some((*duplicates, refused.as_slice())),
        _ => None,
    });
    let (duplicates, rejected) = refused.unwrap_or((0, &[]));
    Answer::Usage {
        accepted,
        duplicates,
        rejected,
    }
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
    Answer::Settled { leases, totals }
}

fn lease(events: &[Event]) -> Answer<'_> {
    first(events, |event| match event {
        Event::LeaseChanged(lease) => {
            let fills = fills(events).map(SoldView::of).collect();
            Some(Answer::Lease {
                id: lease.id(),
                state: lease.state,
                ends: lease.ends.timestamp(),
                fills,
            })
        }
        _ => None,
    })
}
